-- CreateTable
CREATE TABLE "session_buckets" (
    "bucket" SMALLINT NOT NULL,
    "fence" TEXT NOT NULL,
    "is_open" BOOLEAN NOT NULL,
    "postgres_since" TIMESTAMPTZ(6) NOT NULL,
    "read_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_buckets_pkey" PRIMARY KEY ("bucket")
);

-- By hand: the locks of the buckets that a transaction changes, and their fences as they are once these locks are
-- held. A single statement would read them as they were before it waited. The settings tell the triggers below which
-- buckets' copies the transaction itself has changed. The first number of the locks is arbitrary.
CREATE FUNCTION hold_session_buckets(wanted int[]) RETURNS TABLE ("bucket" smallint, "fence" text) LANGUAGE plpgsql AS $$
DECLARE
  each int;
BEGIN
  FOREACH each IN ARRAY wanted LOOP
    PERFORM pg_advisory_xact_lock_shared(52418, each);
  END LOOP;
  PERFORM set_config('latchkey.held', concat(current_setting('latchkey.held', true), ',', array_to_string(wanted, ','), ','), true),
          set_config('latchkey.ending', '', true);
  RETURN QUERY SELECT b."bucket", b."fence" FROM session_buckets AS b WHERE b."bucket" = ANY(wanted);
END $$;

-- Closes the open buckets among these: Redis answers for them no more, until they have been copied anew.
CREATE FUNCTION close_session_buckets(changed int[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  closed smallint[];
BEGIN
  -- In the order of their numbers, so that two transactions do not wait for each other.
  SELECT array_agg(b."bucket") INTO closed
    FROM (SELECT * FROM session_buckets WHERE "bucket" = ANY(changed) AND "is_open" ORDER BY "bucket" FOR UPDATE) AS b;
  UPDATE session_buckets SET "is_open" = false WHERE "bucket" = ANY(closed);
END $$;

-- Whether this transaction holds a bucket, and so has changed its copy.
CREATE FUNCTION holds_session_bucket(bucket int) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT strpos(coalesce(current_setting('latchkey.held', true), ''), concat(',', bucket, ',')) > 0
$$;

CREATE FUNCTION close_buckets_of_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- An instance that ends sessions holds their buckets next, when it knows them.
  IF coalesce(current_setting('latchkey.ending', true), '') <> 'yes' AND EXISTS (SELECT FROM session_buckets WHERE "is_open") THEN
    PERFORM close_session_buckets(ARRAY(SELECT DISTINCT get_byte("token_hash", 0) FROM ended));
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION close_bucket_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT holds_session_bucket(get_byte(OLD."token_hash", 0)) THEN
    PERFORM close_session_buckets(ARRAY[get_byte(OLD."token_hash", 0)]);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION close_buckets_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM close_session_buckets(ARRAY(
    SELECT DISTINCT get_byte("token_hash", 0) FROM sessions
     WHERE "user_id" = NEW."id" AND NOT holds_session_bucket(get_byte("token_hash", 0))));
  RETURN NULL;
END $$;

-- A change by hand, or by an instance that knows nothing of Redis, closes the buckets that it concerns. Use is not
-- watched. Those of rows that change run at the end of the transaction, when it is known which buckets it holds.
CREATE TRIGGER sessions_close_ended AFTER DELETE ON "sessions"
  REFERENCING OLD TABLE AS ended FOR EACH STATEMENT EXECUTE FUNCTION close_buckets_of_ended();

CREATE CONSTRAINT TRIGGER sessions_close_changed
  AFTER UPDATE OF "token_hash", "handle", "user_id", "public_computer", "user_agent", "ip_address", "name",
                  "confirmed_at", "confirmed_until", "created_at" ON "sessions"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION close_bucket_of_changed();

CREATE CONSTRAINT TRIGGER users_close_changed
  AFTER UPDATE OF "email", "name", "role", "disabled_at", "pending_email", "pending_until", "locale", "time_zone" ON "users"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD."email", OLD."name", OLD."role", OLD."disabled_at", OLD."pending_email", OLD."pending_until", OLD."locale", OLD."time_zone")
        IS DISTINCT FROM
        (NEW."email", NEW."name", NEW."role", NEW."disabled_at", NEW."pending_email", NEW."pending_until", NEW."locale", NEW."time_zone"))
  EXECUTE FUNCTION close_buckets_of_user();
