/** @module-tag time */
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { parsePosition } from "@/lib/session/store/position";
import { hashToken } from "@/lib/session/token";
import { createSession } from "@/testing/sessions";
import { BROWSER, newUser } from "@/testing/stores";
import { countActive } from "./search";

// What only the store in Postgres does: see contract-selection.test.ts for the rest.

const ADMINISTRATOR = { userId: null, note: "because", userAgent: null, ipAddress: null };

function newSession(user: { id: string }, { ipAddress = "192.0.2.7" } = {}) {
  return createSession(user, { ...BROWSER, ipAddress });
}

async function handleOf(token: string): Promise<string> {
  return (await sessionStore().find(token))?.session.handle ?? "";
}

test("an administrator can end all sessions except one, even 4,500, each with a ledger line and the given reason", async () => {
  const [user, mine] = [await newUser(), await newUser()];
  const kept = await newSession(mine);
  // More than one statement ends.
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id, created_at)
    SELECT sha256(n::text::bytea), gen_random_uuid(), sha256(n::text::bytea), ${user.id}::uuid, now() - n * interval '1 second'
      FROM generate_series(1, 4500) AS n`;

  expect(
    await sessionStore().endSelected({ except: await handleOf(kept) }, "by-admin", ADMINISTRATOR),
  ).toBeGreaterThanOrEqual(4500);
  expect(await sessionStore().find(kept)).not.toBeNull();
  expect(await sessionStore().count({ userId: user.id })).toBe(0);
  const lines = await db().ledgerLine.count({
    where: { userId: user.id, event: "session_expired", reason: "by-admin", note: "because", byUserId: null },
  });
  expect(lines).toBe(4500);
});

test("a session whose row is locked while many are ended is ended too", async () => {
  const user = await newUser();
  const token = await newSession(user, { ipAddress: "203.0.113.77" });
  let letGo = () => {};
  const isHeld = new Promise<void>((held) => {
    db()
      .$transaction(async (tx) => {
        await tx.$queryRaw`SELECT token_hash FROM sessions WHERE token_hash = ${hashToken(token)} FOR UPDATE`;
        held();
        await new Promise<void>((go) => {
          letGo = go;
        });
      })
      .catch(() => {});
  });
  await isHeld;
  const ending = sessionStore().endSelected({ address: "203.0.113.77" }, "by-admin", ADMINISTRATOR);
  await expect.poll(() => waitingForLock()).toBe(true);
  letGo();

  expect(await ending).toBe(1);
  expect(await sessionStore().find(token)).toBeNull();
});

/** Whether a statement waits for another transaction's lock. */
async function waitingForLock(): Promise<boolean> {
  const [row] = await db().$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return (row?.count ?? 0) > 0;
}

test("pages of sessions neither skip nor repeat a session, even with equal log-in times", async () => {
  const user = await newUser();
  for (let count = 0; count < 5; count++) await newSession(user);
  // Three sessions with the same log-in time.
  await db().$executeRaw`
    UPDATE sessions SET created_at = date_trunc('second', now()) - interval '1 second'
     WHERE token_hash IN (SELECT token_hash FROM sessions WHERE user_id = ${user.id}::uuid LIMIT 3)`;

  const first = await sessionStore().search({ userId: user.id }, null, 2);
  const second = await sessionStore().search({ userId: user.id }, parsePosition(first.next), 2);
  const third = await sessionStore().search({ userId: user.id }, parsePosition(second.next), 2);
  const handles = [first, second, third].flatMap(({ sessions }) => sessions.map(({ handle }) => handle));
  expect(new Set(handles).size).toBe(5);
  expect(third.next).toBeNull();
});

test.each([undefined, "", "x", "1.x", "1'.", "-1.00000000-0000-0000-0000-000000000000"])(
  "text that is not a position gives the first page: %j",
  (text) => {
    expect(parsePosition(text)).toBeNull();
  },
);

test("counting active sessions page by page gives the same result as counting them all at once", async () => {
  const user = await newUser();
  await db().$executeRaw`
    INSERT INTO sessions (token_hash, handle, mark, user_id)
    SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), '', ${user.id}::uuid FROM generate_series(1, 200)`;

  const atOnce = await countActive(1_000_000);
  expect(atOnce).toBeGreaterThanOrEqual(200);
  expect(await countActive(1)).toBe(atOnce);
});
