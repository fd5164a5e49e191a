-- CreateTable
CREATE TABLE "daily_counts" (
    "id" BIGSERIAL NOT NULL,
    "user_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "sign_ins" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,

    CONSTRAINT "daily_counts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "daily_counts_user_id_day_idx" ON "daily_counts"("user_id", "day");

-- CreateIndex
CREATE INDEX "daily_counts_day_idx" ON "daily_counts"("day");


-- By hand: each line of the ledger that counts as a log-in or as a failure is added
-- to the sums of its day: its user's, and everybody's under the nil UUID. A statement
-- that writes many lines adds them together.
CREATE FUNCTION add_to_daily_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  added RECORD;
BEGIN
  FOR added IN
    SELECT CASE GROUPING(l.user_id) WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE l.user_id END AS user_id,
           l.day, count(*) FILTER (WHERE NOT l.has_failed) AS sign_ins, count(*) FILTER (WHERE l.has_failed) AS failures
      FROM (SELECT user_id, (at AT TIME ZONE 'UTC')::date AS day,
                   event IN ('authn_login_fail', 'authn_login_fail_max') AS has_failed
              FROM lines
             WHERE event IN ('authn_login_fail', 'authn_login_fail_max')
                OR event IN ('authn_login_success', 'authn_login_successafterfail') AND reason IS DISTINCT FROM 'confirm') AS l
     GROUP BY GROUPING SETS ((l.day, l.user_id), (l.day))
    HAVING GROUPING(l.user_id) = 1 OR l.user_id IS NOT NULL
  LOOP
    -- A row that somebody else is writing is passed over, so that no log-in waits for another one.
    UPDATE daily_counts
       SET sign_ins = sign_ins + added.sign_ins, failures = failures + added.failures
     WHERE id = (SELECT id FROM daily_counts WHERE user_id = added.user_id AND day = added.day
                  LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
      INSERT INTO daily_counts (user_id, day, sign_ins, failures)
      VALUES (added.user_id, added.day, added.sign_ins, added.failures);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER ledger_is_counted AFTER INSERT ON "ledger"
  REFERENCING NEW TABLE AS lines FOR EACH STATEMENT EXECUTE FUNCTION add_to_daily_counts();

-- The lines that are there. The trigger's lock keeps others out until this is committed.
INSERT INTO "daily_counts" ("user_id", "day", "sign_ins", "failures")
SELECT CASE GROUPING(l.user_id) WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE l.user_id END,
       l.day, count(*) FILTER (WHERE NOT l.has_failed), count(*) FILTER (WHERE l.has_failed)
  FROM (SELECT user_id, (at AT TIME ZONE 'UTC')::date AS day,
               event IN ('authn_login_fail', 'authn_login_fail_max') AS has_failed
          FROM "ledger"
         WHERE at > now() - interval '31 days'
           AND (event IN ('authn_login_fail', 'authn_login_fail_max')
                OR event IN ('authn_login_success', 'authn_login_successafterfail') AND reason IS DISTINCT FROM 'confirm')) AS l
 GROUP BY GROUPING SETS ((l.day, l.user_id), (l.day))
HAVING GROUPING(l.user_id) = 1 OR l.user_id IS NOT NULL;

-- Adding rewrites a row, and finds room for that on the same page.
ALTER TABLE "daily_counts" SET (fillfactor = 50);
