-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "rotation" JSONB;

-- By hand: a new token begins with generation 0. An instance of an earlier version that renews one does not know that.
CREATE FUNCTION begin_generations_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.rotation := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER sessions_begin_generations_anew BEFORE UPDATE OF "token_hash" ON "sessions"
  FOR EACH ROW WHEN (OLD.token_hash IS DISTINCT FROM NEW.token_hash) EXECUTE FUNCTION begin_generations_anew();
