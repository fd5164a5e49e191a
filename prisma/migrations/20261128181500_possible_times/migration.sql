-- By hand, for Prisma's schema has no word for it: a time is one that a calendar has. Postgres also takes
-- "infinity" and years that no program reads; one such row would break the page of its owner.
CREATE FUNCTION is_possible(at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN at BETWEEN timestamptz '1970-01-01 00:00:00+00' AND timestamptz '9999-12-31 00:00:00+00';

-- Rows that break the rule are mended, to a moment at which they are over. Lines of the ledger stay as they are.
UPDATE "sessions" SET "created_at" = to_timestamp(0) WHERE NOT is_possible("created_at");
UPDATE "sessions" SET "last_seen_at" = "created_at" WHERE NOT is_possible("last_seen_at");
UPDATE "sessions" SET "confirmed_at" = "created_at" WHERE NOT is_possible("confirmed_at");
UPDATE "sessions" SET "confirmed_until" = "confirmed_at" WHERE NOT is_possible("confirmed_until");
UPDATE "users" SET "created_at" = now() WHERE NOT is_possible("created_at");
UPDATE "users" SET "disabled_at" = now() WHERE NOT is_possible("disabled_at");
UPDATE "mails" SET "created_at" = now() WHERE NOT is_possible("created_at");
UPDATE "mails" SET "due_at" = now() WHERE NOT is_possible("due_at");
DELETE FROM "links" WHERE NOT is_possible("expires_at");
DELETE FROM "known_browsers" WHERE NOT is_possible("last_login_at");
DELETE FROM "hourly_counts" WHERE NOT is_possible("hour");
DELETE FROM "throttles"
 WHERE NOT (is_possible("free_at") AND is_possible("tried_at") AND "level" >= 0 AND "level" < 'Infinity' AND "failures" >= 0);

-- NOT VALID: rows that are there are not looked at again, so that no table is locked for long.
ALTER TABLE "users" ADD CONSTRAINT "users_times_possible"
  CHECK (is_possible("created_at") AND is_possible("disabled_at")) NOT VALID;
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_times_possible"
  CHECK (is_possible("created_at") AND is_possible("last_seen_at") AND is_possible("confirmed_at") AND is_possible("confirmed_until")) NOT VALID;
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_times_possible" CHECK (is_possible("at")) NOT VALID;
ALTER TABLE "links" ADD CONSTRAINT "links_times_possible" CHECK (is_possible("expires_at")) NOT VALID;
ALTER TABLE "mails" ADD CONSTRAINT "mails_times_possible" CHECK (is_possible("created_at") AND is_possible("due_at")) NOT VALID;
ALTER TABLE "known_browsers" ADD CONSTRAINT "known_browsers_times_possible" CHECK (is_possible("last_login_at")) NOT VALID;
ALTER TABLE "hourly_counts" ADD CONSTRAINT "hourly_counts_times_possible" CHECK (is_possible("hour")) NOT VALID;
ALTER TABLE "throttles" ADD CONSTRAINT "throttles_possible"
  CHECK (is_possible("free_at") AND is_possible("tried_at") AND "level" >= 0 AND "level" < 'Infinity' AND "failures" >= 0) NOT VALID;
