-- AlterTable
ALTER TABLE "users" ADD COLUMN     "seen_line" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "links" (
    "subject" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "email" TEXT NOT NULL,
    "user_id" UUID,
    "session_handle" UUID,
    "name" TEXT,
    "password_hash" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "links_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" UUID NOT NULL,
    "recipient" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "known_browsers" (
    "device_hash" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "last_login_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "known_browsers_pkey" PRIMARY KEY ("user_id","device_hash")
);

-- CreateTable
CREATE TABLE "throttles" (
    "key" TEXT NOT NULL,
    "level" DOUBLE PRECISION NOT NULL,
    "failures" INTEGER NOT NULL,
    "free_at" TIMESTAMPTZ(3) NOT NULL,
    "tried_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "throttles_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "links_token_hash_key" ON "links"("token_hash");

-- CreateIndex
CREATE INDEX "links_user_id_idx" ON "links"("user_id");

-- CreateIndex
CREATE INDEX "links_expires_at_idx" ON "links"("expires_at");

-- CreateIndex
CREATE INDEX "mails_due_at_idx" ON "mails"("due_at");

-- CreateIndex
CREATE INDEX "known_browsers_last_login_at_idx" ON "known_browsers"("last_login_at");

-- CreateIndex
CREATE INDEX "throttles_tried_at_idx" ON "throttles"("tried_at");

-- CreateIndex
CREATE INDEX "ledger_user_id_id_idx" ON "ledger"("user_id", "id");

-- CreateIndex
CREATE INDEX "ledger_at_idx" ON "ledger"("at");

-- AddForeignKey
ALTER TABLE "links" ADD CONSTRAINT "links_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "known_browsers" ADD CONSTRAINT "known_browsers_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- By hand: the ledger is append-only. Postgres refuses to change or delete a
-- line, except for what retention is for (lib/ledger/retention): to delete old
-- lines, and to make less of where something was done from.
CREATE FUNCTION refuse_to_rewrite_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  where_from CONSTANT text[] := ARRAY['ip_address', 'user_agent'];
BEGIN
  IF current_setting('latchkey.retention', true) = 'on' THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - where_from = to_jsonb(OLD) - where_from
       AND (NEW.ip_address IS NULL OR NEW.ip_address >>= OLD.ip_address)
       AND (NEW.user_agent IS NULL OR NEW.user_agent = OLD.user_agent) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'The ledger is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON "ledger"
  FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite_the_ledger();

CREATE TRIGGER ledger_is_not_emptied BEFORE TRUNCATE ON "ledger"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite_the_ledger();

-- The lines whose addresses are whole, for retention to find the next ones.
CREATE INDEX "ledger_whole_addresses" ON "ledger" ("at")
  WHERE "ip_address" IS NOT NULL AND masklen("ip_address") = CASE family("ip_address") WHEN 4 THEN 32 ELSE 128 END;
