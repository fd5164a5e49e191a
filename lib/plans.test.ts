import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { ENGLISH } from "@/lib/words";
import { createDatabase } from "@/testing/databases";
import { createSession } from "@/testing/sessions";
import { OVERVIEW } from "./auth/overview";
import { Connection } from "./connection";
import { db } from "./db";
import { DAY } from "./env";
import { listActivity, listDevices, listFullActivity, searchActivity } from "./ledger/activity";
import { countByDay } from "./ledger/daily";
import { findFailingAddresses } from "./ledger/failing";
import { readByDay } from "./ledger/hourly";
import { ALL_KINDS } from "./ledger/lines";
import { answerNotice, findNotices } from "./ledger/notices";
import { earlierTravels, recentUses } from "./ledger/travel";
import { findTimeline } from "./session/timeline";
import { newToken } from "./session/token";
import { createUser } from "./users/store";

/** The number of lines in the ledger, and how many of them the users of the tests have. */
const LINES = 100_000;
const OWN = { heavy: 5000, light: 100 };

/**
 * The maximum number of rows that a statement may read for a page of 50 lines. It reads up to 50 of
 * each of six kinds, and up to twice that for all users.
 */
const PAGE = 700;

/** The number of quarters of an hour in the days of a chart, one of which has 25 hours. */
const QUARTERS = (30 * 24 + 1) * 4;

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

let operator: Connection;
let heavy: ActiveSession;
let light: ActiveSession;
const tokens = { heavy: "", light: "" };

beforeAll(async () => {
  process.env.DATABASE_URL = await createDatabase(String(process.env.DATABASE_URL), "plans");
  operator = new Connection(process.env.DATABASE_URL);
  await operator.connect();
  [heavy, light] = [await signedIn("heavy"), await signedIn("light")];

  // Of three lines, one is a log-in, one a failure, and one an ended session. The lines of the
  // light user are the oldest.
  // Searching for them among the newest lines of all users means scanning the ledger.
  await operator.query(
    `INSERT INTO ledger (event, user_id, by_user_id, session_handle, session_mark, at, reason, ip_address)
     SELECT (ARRAY['authn_login_success', 'authn_login_fail', 'session_expired'])[1 + n % 3], whose, whose, gen_random_uuid(),
            CASE WHEN n % 3 = 2 THEN sha256(n::text::bytea) END, now() - make_interval(secs => n * 25.0), CASE WHEN n % 3 = 2 THEN 'idle' END,
            '192.0.2.0'::inet + n % 4096
       FROM (SELECT n, CASE WHEN n > ${LINES - OWN.light} THEN $2::uuid WHEN n % ${LINES / OWN.heavy} = 0 THEN $1::uuid ELSE gen_random_uuid() END AS whose
               FROM generate_series(1, ${LINES}) AS n) AS lines ORDER BY n DESC`,
    [heavy.user.id, light.user.id],
  );
  await operator.query(`
    INSERT INTO users (id, email, name, password_hash) SELECT gen_random_uuid(), n || '@example.com', 'Test', 'none' FROM generate_series(1, 2000) AS n;
    INSERT INTO sessions (token_hash, handle, mark, user_id, public_computer, confirmed_until)
    SELECT sha256((u.id || ' ' || n)::bytea), gen_random_uuid(), sha256((n || ' ' || u.id)::bytea), u.id, false, now()
      FROM users u CROSS JOIN generate_series(1, 10) AS n;
    INSERT INTO factor_recoveries (user_id, due_at) SELECT id, now() FROM users WHERE password_hash = 'none';
    INSERT INTO hourly_counts (name, hour, count)
    SELECT name, date_bin('15 minutes', now(), timestamptz 'epoch') - make_interval(mins => 15 * n), n
      FROM unnest('{live,throttled}'::text[]) AS name CROSS JOIN generate_series(0, 400 * 96) AS n;
    ANALYZE`);
}, 120_000);

afterAll(() => operator.end());

test.each(["heavy", "light"] as const)(
  "no list for a user with a %s history reads more rows than that user has",
  async (whose) => {
    const found = whose === "heavy" ? heavy : light;
    const { user } = found;
    const pages = [null, ...ALL_KINDS].map((kind) => async () => {
      const { next } = await listActivity(user.id, { kind, before: null }, ENGLISH);
      await listActivity(user.id, { kind, before: BigInt(next ?? 1) }, ENGLISH);
      await listFullActivity(user.id, { kind, before: null }, ENGLISH);
      const range = { kind, since: new Date(Date.now() - 2 * DAY), until: new Date(Date.now() - DAY) };
      await listActivity(user.id, { ...range, before: null }, ENGLISH);
      await listActivity(user.id, { ...range, before: BigInt(next ?? 1) }, ENGLISH);
      await searchActivity(user.id, { kind, before: null }, () => false, ENGLISH);
    });

    await expectNarrow(OWN[whose] + PAGE, [
      ...pages,
      () => listDevices(user.id),
      () => recentUses(db(), user.id),
      () => earlierTravels(db(), user.id),
      () => sessionStore().list(user),
      () => findNotices(found, ENGLISH),
      () => sessionStore().findWith(tokens[whose], OVERVIEW),
      async () => answerNotice(found, (await findNotices(found, ENGLISH))[0]?.id ?? ""),
      () => countByDay(user.id, { timeZone: "America/New_York", now: found.now }),
      () => findTimeline(user, { timeZone: "America/New_York", now: found.now }),
    ]);
  },
);

test("no list of the activity of all users scans the ledger", async () => {
  const pages = [null, ...ALL_KINDS].map((kind) => async () => {
    const { next } = await listFullActivity(null, { kind, before: null }, ENGLISH);
    await listFullActivity(null, { kind, before: BigInt(next ?? 1) }, ENGLISH);
  });

  await expectNarrow(PAGE, pages);
});

test("no search in the ledger scans it, and finding the addresses with most failures reads one day of failures", async () => {
  const day = 24 * 3_600_000;
  const times = { since: new Date(Date.now() - 20 * day), until: new Date(Date.now() - 10 * day) };
  const searches = [null, ...ALL_KINDS].flatMap((kind) => [
    () => listFullActivity(null, { kind, before: null, ...times }, ENGLISH),
    () => listFullActivity(null, { kind, before: null, address: "192.0.2.1", ...times }, ENGLISH),
    () => listFullActivity(null, { kind, before: null, address: "192.0.2.0/28" }, ENGLISH),
  ]);

  await expectNarrow(PAGE, searches);
  // One failure in 75 seconds.
  await expectNarrow(day / 75_000 + 10, [() => findFailingAddresses()]);
});

test("the charts of all users read one row per quarter of an hour, and only those of the days shown", async () => {
  const charts = [null, "America/New_York", "Asia/Kathmandu"].flatMap((timeZone) => [
    () => countByDay(null, { timeZone, now: heavy.now }),
    () => readByDay("live", { timeZone, now: heavy.now }),
  ]);

  await expectNarrow(QUARTERS, charts);
});

test("looking up the session of a request scans neither the sessions nor the ledger", async () => {
  await expectNarrow(1, [() => sessionStore().find(newToken()), () => sessionStore().findEnding(newToken())]);
});

type Asked = { text: string; values: unknown[] };

type Node = {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Node[];
};

/** Runs these, and checks how Postgres executes each statement: with the actual values, and by its generic plan. */
async function expectNarrow(mostRows: number, works: (() => Promise<unknown>)[]): Promise<void> {
  const asked = await overhear(async () => {
    for (const work of works) await work();
  });
  expect(asked.length).toBeGreaterThanOrEqual(works.length);

  for (const { text, values } of asked) {
    const byValues = await planOf(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    for (const node of nodesOf(byValues))
      expect(rowsOf(node), `${describe(node)} of ${text}`).toBeLessThanOrEqual(mostRows);
    for (const node of nodesOf(await planOf(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`)))
      expect(node["Node Type"], `${describe(node)} of ${text}`).not.toBe("Seq Scan");
  }
}

/** The reading statements that are sent while this runs. */
async function overhear(work: () => Promise<void>): Promise<Asked[]> {
  const query = vi.spyOn(Connection.prototype, "query");
  await work();
  const asked = query.mock.calls.flatMap(([config, values]) => {
    const { text, values: its } = config as unknown as Partial<Asked>;
    return text && /^\s*(SELECT|WITH)\b/i.test(text)
      ? [{ text, values: its ?? (values as unknown[] | undefined) ?? [] }]
      : [];
  });
  query.mockRestore();
  return asked;
}

async function planOf(text: string, values: unknown[] = []): Promise<Node> {
  const { rows } = await operator.query({ text, values });
  return rows[0]["QUERY PLAN"][0].Plan;
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** The number of rows that a step of a plan has read. */
function rowsOf(node: Node): number {
  const rows =
    (node["Actual Rows"] ?? 0) + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return rows * (node["Actual Loops"] ?? 1);
}

function describe(node: Node): string {
  return [node["Node Type"], node["Relation Name"]].filter(Boolean).join(" on ");
}

async function signedIn(whose: keyof typeof tokens): Promise<ActiveSession> {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Test", passwordHash: "none", role: "user" });
  tokens[whose] = await createSession(user, BROWSER);
  return (await sessionStore().find(tokens[whose])) as ActiveSession;
}
