-- AlterTable
ALTER TABLE "ledger" ADD COLUMN     "note" TEXT;

-- CreateTable
CREATE TABLE "hourly_counts" (
    "name" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "hourly_counts_pkey" PRIMARY KEY ("name","hour")
);

-- CreateIndex
CREATE INDEX "ledger_event_at_idx" ON "ledger"("event", "at");


-- By hand: what retention may take from a line is also what an administrator
-- wrote into it (lib/ledger/retention).
CREATE OR REPLACE FUNCTION refuse_to_rewrite_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  personal CONSTANT text[] := ARRAY['ip_address', 'user_agent', 'note'];
BEGIN
  IF current_setting('latchkey.retention', true) = 'on' THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - personal = to_jsonb(OLD) - personal
       AND (NEW.ip_address IS NULL OR NEW.ip_address >>= OLD.ip_address)
       AND (NEW.user_agent IS NULL OR NEW.user_agent = OLD.user_agent)
       AND (NEW.note IS NULL OR NEW.note = OLD.note) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'The ledger is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
