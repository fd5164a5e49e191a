/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { DAY } from "@/lib/env";
import { createOneTimeToken } from "@/lib/users/one-time-tokens";
import { createUser } from "@/lib/users/store";
import { ageSessions, createSession } from "@/testing/sessions";
import { countAll, sweepAll } from "./sweeps";

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

/** Creates one row of everything that is swept: expired, and not expired. */
async function age() {
  const user = await createUser({
    email: `${randomUUID()}@example.com`,
    name: "Ada",
    passwordHash: "none",
    role: "user",
  });
  for (const days of [1, 500]) {
    const ago = Math.min(days, 60) * DAY;
    await ageSessions({ token: await createSession(user, BROWSER) }, { created: ago, seen: ago });
    await createOneTimeToken({ kind: "sign-up", about: `${user.id}${days}`, email: user.email });
    await db().$executeRaw`
      UPDATE links SET expires_at = now() + make_interval(days => ${100 - days}) WHERE subject = ${`sign-up:${user.id}${days}`}`;
    await db().$executeRaw`
      INSERT INTO challenges (hash, purpose, expires_at) VALUES (sha256(${randomUUID()}::bytea), 'log-in', now() + make_interval(days => ${100 - days}))`;
    await db().$executeRaw`
      INSERT INTO known_browsers (user_id, device_hash, last_login_at) VALUES (${user.id}::uuid, sha256(${randomUUID()}::bytea), now() - make_interval(days => ${days}))`;
    await db().$executeRaw`
      INSERT INTO throttles (key, level, failures, free_at, tried_at) VALUES (${`address:${randomUUID()}`}, 1, 1, now(), now() - make_interval(days => ${days}))`;
    await db().$executeRaw`
      INSERT INTO ledger (event, at, user_id, ip_address) VALUES ('authn_login_success', now() - make_interval(days => ${days}), ${user.id}::uuid, '192.0.2.7')`;
    await db().$executeRaw`
      INSERT INTO hourly_counts (name, hour, count) VALUES (${randomUUID()}, now() - make_interval(days => ${days}), 1)`;
  }
}

test("the count matches what a sweep then deletes, and counting deletes nothing", async () => {
  await sweepAll();
  expect(await countAll()).toEqual({
    sessions: 0,
    links: 0,
    challenges: 0,
    browsers: 0,
    secrets: 0,
    recoveries: 0,
    throttles: 0,
    ledger: { deleted: 0, shortened: 0 },
    counts: 0,
    days: 0,
  });

  await age();
  const counted = await countAll();
  expect(counted).toMatchObject({
    sessions: 1,
    links: 1,
    challenges: 1,
    browsers: 1,
    throttles: 1,
    counts: 1,
    // One for the user of the line, and one for all users.
    days: 2,
    ledger: { deleted: 1 },
  });
  expect(await countAll()).toEqual(counted);

  // The deleted line has an address as well. It was counted, but no longer needs shortening.
  expect(await sweepAll()).toEqual({ ...counted, ledger: { deleted: 1, shortened: 0 } });
});
