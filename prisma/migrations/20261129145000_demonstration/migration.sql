-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "demonstration" BOOLEAN NOT NULL DEFAULT false;
