-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "rotation" JSONB;
