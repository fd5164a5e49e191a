-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "bound_at" TIMESTAMPTZ(3),
ADD COLUMN     "proof_key" JSONB,
ADD COLUMN     "proof_seen_at" TIMESTAMPTZ(3),
ADD COLUMN     "proved_at" TIMESTAMPTZ(3);

-- By hand: no time that a browser or a program cannot read, as in the other columns of this table.
-- NOT VALID: no row has any yet.
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_binding_possible"
  CHECK (is_possible("bound_at") AND is_possible("proved_at") AND is_possible("proof_seen_at")) NOT VALID;

-- By hand: open pages also show whether a session is bound.
DROP TRIGGER sessions_announce_change ON "sessions";
CREATE TRIGGER sessions_announce_change AFTER UPDATE OF "name", "confirmed_at", "confirmed_until", "bound_at" ON "sessions"
  FOR EACH ROW WHEN ((OLD.name, OLD.confirmed_at, OLD.confirmed_until, OLD.bound_at)
                     IS DISTINCT FROM (NEW.name, NEW.confirmed_at, NEW.confirmed_until, NEW.bound_at))
  EXECUTE FUNCTION announce_news();

-- A copied cookie, of which the dashboard tells as of a failed log-in.
DROP TRIGGER ledger_announce_failure ON "ledger";
CREATE TRIGGER ledger_announce_failure AFTER INSERT ON "ledger"
  FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND NEW.event IN ('authn_login_fail', 'authn_login_fail_max', 'user_updated', 'authn_token_reuse'))
  EXECUTE FUNCTION announce_news();

-- A proof changes what a copy in Redis says. That one was seen is use, and Redis is told of it as of use.
DROP TRIGGER sessions_close_changed ON "sessions";
CREATE CONSTRAINT TRIGGER sessions_close_changed
  AFTER UPDATE OF "token_hash", "handle", "user_id", "public_computer", "user_agent", "ip_address", "name",
                  "confirmed_at", "confirmed_until", "created_at", "amr", "level", "proof_key", "bound_at", "proved_at" ON "sessions"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION close_bucket_of_changed();
