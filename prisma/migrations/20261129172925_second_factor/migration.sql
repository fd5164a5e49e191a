-- AlterTable
ALTER TABLE "users" ADD COLUMN     "has_second_factor" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "amr" TEXT[] DEFAULT ARRAY['pwd']::TEXT[],
ADD COLUMN     "level" SMALLINT NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "links" ADD COLUMN     "amr" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "known_browsers" ADD COLUMN     "handle" UUID NOT NULL DEFAULT gen_random_uuid(),
ADD COLUMN     "trusted_at" TIMESTAMPTZ(3),
ADD COLUMN     "trusted_until" TIMESTAMPTZ(3),
ADD COLUMN     "user_agent" TEXT;

-- CreateTable
CREATE TABLE "totp" (
    "user_id" UUID NOT NULL,
    "secret" BYTEA,
    "confirmed_at" TIMESTAMPTZ(3),
    "last_step" INTEGER NOT NULL DEFAULT 0,
    "last_used_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "new_secret" BYTEA,
    "new_session" UUID,
    "new_at" TIMESTAMPTZ(3),

    CONSTRAINT "totp_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "user_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("user_id","code_hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "known_browsers_handle_key" ON "known_browsers"("handle");

-- AddForeignKey
ALTER TABLE "totp" ADD CONSTRAINT "totp_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: whether a user has a second factor. A later factor replaces the first function, and calls the second one
-- in a trigger on its own table.
CREATE FUNCTION has_second_factor(owner uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM totp WHERE "user_id" = owner AND "confirmed_at" IS NOT NULL)
$$;

CREATE FUNCTION renew_second_factor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owner uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD."user_id" ELSE NEW."user_id" END;
BEGIN
  UPDATE users SET "has_second_factor" = has_second_factor(owner)
   WHERE "id" = owner AND "has_second_factor" <> has_second_factor(owner);
  RETURN NULL;
END $$;

CREATE TRIGGER totp_renews_second_factor AFTER INSERT OR DELETE OR UPDATE OF "confirmed_at" ON "totp"
  FOR EACH ROW EXECUTE FUNCTION renew_second_factor();

-- Redis keeps copies of the new columns, too.
DROP TRIGGER sessions_close_changed ON "sessions";
CREATE CONSTRAINT TRIGGER sessions_close_changed
  AFTER UPDATE OF "token_hash", "handle", "user_id", "public_computer", "user_agent", "ip_address", "name",
                  "confirmed_at", "confirmed_until", "created_at", "amr", "level" ON "sessions"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION close_bucket_of_changed();

DROP TRIGGER users_close_changed ON "users";
CREATE CONSTRAINT TRIGGER users_close_changed
  AFTER UPDATE OF "email", "name", "role", "disabled_at", "pending_email", "pending_until", "locale", "time_zone",
                  "has_second_factor" ON "users"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD."email", OLD."name", OLD."role", OLD."disabled_at", OLD."pending_email", OLD."pending_until", OLD."locale", OLD."time_zone",
         OLD."has_second_factor")
        IS DISTINCT FROM
        (NEW."email", NEW."name", NEW."role", NEW."disabled_at", NEW."pending_email", NEW."pending_until", NEW."locale", NEW."time_zone",
         NEW."has_second_factor"))
  EXECUTE FUNCTION close_buckets_of_user();

-- Open pages hear of a factor that was added or removed, and of a recovery code that was used.
DROP TRIGGER users_announce_change ON "users";
CREATE TRIGGER users_announce_change AFTER UPDATE OF "name", "email", "role", "disabled_at", "seen_line", "has_second_factor" ON "users"
  FOR EACH ROW WHEN ((OLD.name, OLD.email, OLD.role, OLD.disabled_at, OLD.seen_line, OLD.has_second_factor)
                     IS DISTINCT FROM (NEW.name, NEW.email, NEW.role, NEW.disabled_at, NEW.seen_line, NEW.has_second_factor))
  EXECUTE FUNCTION announce_changed_user();

DROP TRIGGER ledger_announce_failure ON "ledger";
CREATE TRIGGER ledger_announce_failure AFTER INSERT ON "ledger"
  FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND NEW.event IN ('authn_login_fail', 'authn_login_fail_max', 'user_updated'))
  EXECUTE FUNCTION announce_news();

-- By hand, as for the other tables: a time is one that a calendar has.
ALTER TABLE "totp" ADD CONSTRAINT "totp_times_possible"
  CHECK (is_possible("confirmed_at") AND is_possible("last_used_at") AND is_possible("new_at"));
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_times_possible" CHECK (is_possible("created_at"));
ALTER TABLE "known_browsers" ADD CONSTRAINT "known_browsers_trust_possible"
  CHECK (is_possible("trusted_at") AND is_possible("trusted_until")) NOT VALID;
