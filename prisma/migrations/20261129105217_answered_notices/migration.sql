-- AlterTable
ALTER TABLE "users" ADD COLUMN     "answered_lines" BIGINT[] DEFAULT ARRAY[]::BIGINT[];
