-- AlterTable
ALTER TABLE "users" ADD COLUMN     "pending_email" TEXT,
ADD COLUMN     "pending_until" TIMESTAMPTZ(3);

-- By hand: every change that an open page shows is announced, by whatever means
-- it is made (lib/session/announce).

-- Of a user: their name, address and role, whether they may log in, and which notices they have seen.
DROP TRIGGER users_announce_change ON "users";
CREATE TRIGGER users_announce_change AFTER UPDATE OF "name", "email", "role", "disabled_at", "seen_line" ON "users"
  FOR EACH ROW WHEN ((OLD.name, OLD.email, OLD.role, OLD.disabled_at, OLD.seen_line)
                     IS DISTINCT FROM (NEW.name, NEW.email, NEW.role, NEW.disabled_at, NEW.seen_line))
  EXECUTE FUNCTION announce_changed_user();

CREATE FUNCTION announce_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('latchkey', json_build_object('user', NEW.user_id, 'ended', '[]'::json)::text);
  RETURN NULL;
END $$;

-- Of a session: its name, and whether its password was entered recently. Use is not announced.
CREATE TRIGGER sessions_announce_change AFTER UPDATE OF "name", "confirmed_at", "confirmed_until" ON "sessions"
  FOR EACH ROW WHEN ((OLD.name, OLD.confirmed_at, OLD.confirmed_until)
                     IS DISTINCT FROM (NEW.name, NEW.confirmed_at, NEW.confirmed_until))
  EXECUTE FUNCTION announce_news();

-- A failed log-in to an account, of which its dashboard tells.
CREATE TRIGGER ledger_announce_failure AFTER INSERT ON "ledger"
  FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND NEW.event IN ('authn_login_fail', 'authn_login_fail_max'))
  EXECUTE FUNCTION announce_news();
