-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "confirmed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
ADD COLUMN     "confirmed_until" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
ADD COLUMN     "last_ip_address" INET,
ADD COLUMN     "name" TEXT;
