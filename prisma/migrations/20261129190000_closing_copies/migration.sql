-- AlterTable
ALTER TABLE "session_buckets" ADD COLUMN     "closing_since" TIMESTAMPTZ(6);
