-- AlterTable
ALTER TABLE "factor_recoveries" ADD COLUMN     "is_disputed" BOOLEAN NOT NULL DEFAULT false;
