/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY, HOUR } from "@/lib/env";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { ageSessions, createSession } from "@/testing/sessions";

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

async function session({
  role = "user",
  publicComputer = false,
  created,
  seen,
}: Partial<{ role: "user" | "admin"; publicComputer: boolean }> & { created: number; seen: number }) {
  const user = await createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role });
  const token = await createSession(user, { ...BROWSER, publicComputer });
  await ageSessions({ token }, { created, seen });
  return token;
}

test("a sweep ends expired sessions with their reasons, and no active ones", async () => {
  const unused = await session({ created: 9 * DAY, seen: 8 * DAY });
  const old = await session({ created: 31 * DAY, seen: HOUR });
  const left = await session({ publicComputer: true, created: HOUR, seen: HOUR });
  const administrator = await session({ role: "admin", created: 3 * DAY, seen: 2 * DAY });
  const living = await session({ created: 29 * DAY, seen: 6 * DAY });
  await sessionStore().sweep();

  expect(await sessionStore().findEnding(unused)).toMatchObject({
    reason: "idle",
    detail: String(7 * 86_400),
    userAgent: null,
  });
  expect(await sessionStore().findEnding(old)).toMatchObject({ reason: "expired", detail: String(30 * 86_400) });
  expect(await sessionStore().findEnding(left)).toMatchObject({ reason: "idle", detail: "900" });
  expect(await sessionStore().findEnding(administrator)).toMatchObject({ reason: "idle", detail: "86400" });
  for (const token of [unused, old, left, administrator]) expect(await sessionStore().find(token)).toBeNull();
  expect(await sessionStore().find(living)).not.toBeNull();
});

test("a sweep records when the session expired, not when it was swept", async () => {
  const token = await session({ created: 9 * DAY, seen: 8 * DAY });
  await sessionStore().sweep();

  const ending = await sessionStore().findEnding(token);
  expect(Math.abs((ending?.at.getTime() ?? 0) - (Date.now() - DAY))).toBeLessThan(60_000);
});

test("concurrent sweeps end each session only once", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => session({ created: 9 * DAY, seen: 9 * DAY })));
  await Promise.all([sessionStore().sweep(), sessionStore().sweep(), sessionStore().sweep()]);
  await sessionStore().sweep();

  for (const token of tokens) expect(await sessionStore().find(token)).toBeNull();
  const handles = await db().ledgerLine.groupBy({ by: ["sessionHandle"], where: { reason: "idle" }, _count: true });
  expect(handles.filter(({ _count }) => _count > 1)).toEqual([]);
});

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
