-- By hand: the sums are kept by the quarter of an hour instead of by the day in UTC, so that readers in every time
-- zone can add up their own days. They are counted anew from the ledger. The lock keeps writers of the ledger out until
-- this is committed: every line is counted once, by what follows or by the new function. It is taken before the locks
-- of the table of sums, as writers do.
LOCK TABLE "ledger" IN SHARE ROW EXCLUSIVE MODE;
TRUNCATE "daily_counts";

-- DropIndex
DROP INDEX "daily_counts_user_id_day_idx";

-- DropIndex
DROP INDEX "daily_counts_day_idx";

-- AlterTable
ALTER TABLE "daily_counts" ADD COLUMN     "since" TIMESTAMPTZ(3) NOT NULL;

-- By hand: as before, but by the quarter of an hour. Its day in UTC is for instances of the previous version, which
-- add up the rows of a day.
CREATE OR REPLACE FUNCTION add_to_daily_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  added RECORD;
BEGIN
  FOR added IN
    SELECT CASE GROUPING(l.user_id) WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE l.user_id END AS user_id,
           l.since, count(*) FILTER (WHERE NOT l.has_failed) AS sign_ins, count(*) FILTER (WHERE l.has_failed) AS failures
      FROM (SELECT user_id, date_bin('15 minutes', at, timestamptz 'epoch') AS since,
                   event IN ('authn_login_fail', 'authn_login_fail_max') AS has_failed
              FROM lines
             WHERE event IN ('authn_login_fail', 'authn_login_fail_max')
                OR event IN ('authn_login_success', 'authn_login_successafterfail') AND reason IS DISTINCT FROM 'confirm') AS l
     GROUP BY GROUPING SETS ((l.since, l.user_id), (l.since))
    HAVING GROUPING(l.user_id) = 1 OR l.user_id IS NOT NULL
  LOOP
    -- A row that somebody else is writing is passed over, so that no log-in waits for another one.
    UPDATE daily_counts
       SET sign_ins = sign_ins + added.sign_ins, failures = failures + added.failures
     WHERE id = (SELECT id FROM daily_counts WHERE user_id = added.user_id AND since = added.since
                  LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
      INSERT INTO daily_counts (user_id, since, day, sign_ins, failures)
      VALUES (added.user_id, added.since, (added.since AT TIME ZONE 'UTC')::date, added.sign_ins, added.failures);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The lines that are there. One at an impossible time, from before these were refused, would never be swept.
INSERT INTO "daily_counts" ("user_id", "since", "day", "sign_ins", "failures")
SELECT CASE GROUPING(l.user_id) WHEN 1 THEN '00000000-0000-0000-0000-000000000000' ELSE l.user_id END,
       l.since, (l.since AT TIME ZONE 'UTC')::date,
       count(*) FILTER (WHERE NOT l.has_failed), count(*) FILTER (WHERE l.has_failed)
  FROM (SELECT user_id, date_bin('15 minutes', at, timestamptz 'epoch') AS since,
               event IN ('authn_login_fail', 'authn_login_fail_max') AS has_failed
          FROM "ledger"
         WHERE at > now() - interval '31 days' AND is_possible(at)
           AND (event IN ('authn_login_fail', 'authn_login_fail_max')
                OR event IN ('authn_login_success', 'authn_login_successafterfail') AND reason IS DISTINCT FROM 'confirm')) AS l
 GROUP BY GROUPING SETS ((l.since, l.user_id), (l.since))
HAVING GROUPING(l.user_id) = 1 OR l.user_id IS NOT NULL;

-- CreateIndex
CREATE INDEX "daily_counts_user_id_since_idx" ON "daily_counts"("user_id", "since");

-- CreateIndex
CREATE INDEX "daily_counts_since_idx" ON "daily_counts"("since");
