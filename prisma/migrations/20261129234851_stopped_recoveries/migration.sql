-- AlterTable
ALTER TABLE "factor_recoveries" ADD COLUMN     "stopped_at" TIMESTAMPTZ(3);
