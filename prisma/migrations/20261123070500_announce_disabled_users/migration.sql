-- By hand: who disables, deletes or promotes somebody, by whatever means, tells
-- the open pages of that account, which then ask (lib/session/announce).
CREATE FUNCTION announce_changed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('latchkey', json_build_object('user', OLD.id, 'ended', NULL)::text);
  RETURN NULL;
END $$;

CREATE TRIGGER users_announce_change AFTER UPDATE OF "disabled_at", "role" ON "users"
  FOR EACH ROW WHEN (OLD.disabled_at IS DISTINCT FROM NEW.disabled_at OR OLD.role IS DISTINCT FROM NEW.role)
  EXECUTE FUNCTION announce_changed_user();

CREATE TRIGGER users_announce_end AFTER DELETE ON "users"
  FOR EACH ROW EXECUTE FUNCTION announce_changed_user();
