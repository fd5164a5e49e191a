-- CreateTable
CREATE TABLE "passkeys" (
    "id" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "name" TEXT NOT NULL,
    "synced" BOOLEAN NOT NULL,
    "user_agent" TEXT,
    "ip_address" INET,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "passkeys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "challenges" (
    "hash" BYTEA NOT NULL,
    "purpose" TEXT NOT NULL,
    "user_id" UUID,
    "session_handle" UUID,
    "browser_hash" BYTEA,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "challenges_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "passkeys_user_id_idx" ON "passkeys"("user_id");

-- CreateIndex
CREATE INDEX "challenges_user_id_idx" ON "challenges"("user_id");

-- CreateIndex
CREATE INDEX "challenges_expires_at_idx" ON "challenges"("expires_at");

-- AddForeignKey
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: values that no authenticator sends, and times that no program reads.
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_possible"
  CHECK (length("id") BETWEEN 1 AND 1023 AND "counter" BETWEEN 0 AND 4294967295 AND is_possible("created_at") AND is_possible("last_used_at"));
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_times_possible" CHECK (is_possible("expires_at"));

-- Every change that an open page shows is announced (lib/session/events). Use is not.
CREATE FUNCTION announce_passkey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('latchkey', json_build_object('user', coalesce(NEW.user_id, OLD.user_id), 'ended', '[]'::json)::text);
  RETURN NULL;
END $$;

CREATE TRIGGER passkeys_announce AFTER INSERT OR DELETE ON "passkeys"
  FOR EACH ROW EXECUTE FUNCTION announce_passkey();
CREATE TRIGGER passkeys_announce_change AFTER UPDATE OF "name", "synced" ON "passkeys"
  FOR EACH ROW WHEN ((OLD.name, OLD.synced) IS DISTINCT FROM (NEW.name, NEW.synced))
  EXECUTE FUNCTION announce_passkey();

-- A passkey is a second factor, too.
CREATE OR REPLACE FUNCTION has_second_factor(owner uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM totp WHERE "user_id" = owner AND "confirmed_at" IS NOT NULL)
      OR EXISTS (SELECT FROM passkeys WHERE "user_id" = owner)
$$;

CREATE TRIGGER passkeys_renew_second_factor AFTER INSERT OR DELETE ON "passkeys"
  FOR EACH ROW EXECUTE FUNCTION renew_second_factor();
