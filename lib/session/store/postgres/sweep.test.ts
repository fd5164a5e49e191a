/** @module-tag time */
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { ageSessions, createSession } from "@/testing/sessions";
import { BROWSER, newUser } from "@/testing/stores";

// What only the store in Postgres does: see contract.test.ts for the rest.

async function session({ created, seen }: { created: number; seen: number }) {
  const token = await createSession(await newUser(), BROWSER);
  await ageSessions({ token }, { created, seen });
  return token;
}

test("a sweep does not wait for a session whose row is locked", async () => {
  const token = await session({ created: 9 * DAY, seen: 9 * DAY });

  await transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM sessions WHERE token_hash = ${hashToken(token)} FOR UPDATE`;
    await sessionStore().sweep();
    expect(await sessionStore().find(token)).not.toBeNull();
  });
});

test("a row with an infinite time, from before the table had its constraint, breaks neither sweeps nor look-ups", async () => {
  const strange = await session({ created: 2 * DAY, seen: HOUR });
  const unused = await session({ created: 9 * DAY, seen: 8 * DAY });
  const [{ rule } = { rule: "" }] = await db().$queryRaw<{ rule: string }[]>`
    SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conname = 'sessions_times_possible'`;
  for (const time of ["infinity", "-infinity"]) {
    await transaction(async (tx) => {
      await tx.$executeRaw`ALTER TABLE sessions DROP CONSTRAINT sessions_times_possible`;
      await tx.$executeRaw`UPDATE sessions SET last_seen_at = ${time}::text::timestamptz WHERE token_hash = ${hashToken(strange)}`;
      await tx.$executeRawUnsafe(`ALTER TABLE sessions ADD CONSTRAINT sessions_times_possible ${rule}`);
    });
    await sessionStore().sweep();

    expect((await sessionStore().find(strange))?.session.lastSeenAt.toISOString()).toMatch(/^(9999|0001)-/);
  }
  expect(await sessionStore().find(unused)).toBeNull();
  await db().session.delete({ where: { tokenHash: hashToken(strange) } });
});
