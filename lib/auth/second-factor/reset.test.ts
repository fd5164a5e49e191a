import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { rememberBrowser, trustBrowser } from "@/lib/auth/device";
import { db, transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import { newToken } from "@/lib/session/token";
import { createOneTimeToken, findOneTimeToken } from "@/lib/users/one-time-tokens";
import { findRecovery, startRecovery } from "@/lib/users/recoveries";
import { createUser, findUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import { factorsOf } from "./factors";
import { renewRecoveryCodes } from "./recovery-codes";
import { resetSecondFactor } from "./reset";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };

async function newUser() {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "user" });
}

test("an administrator's reset removes every factor, ends all sessions, and tells the owner why", async () => {
  const [administrator, user] = [await newUser(), await newUser()];
  const { id: userId, email } = user;
  await db().$executeRaw`
    INSERT INTO totp (user_id, secret, confirmed_at) VALUES (${userId}::uuid, 'secret of the app', now())`;
  await renewRecoveryCodes(db(), userId);
  const device = newToken();
  await rememberBrowser(db(), userId, device);
  await trustBrowser(db(), userId, device, "Test");
  await transaction((tx) => startRecovery(tx, user, CLIENT));
  const session = await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
  const ticket = await createOneTimeToken({ kind: "choose", about: userId, email, userId, passwordHash: "none" });
  expect(await findUser(userId)).toMatchObject({ hasSecondFactor: true });

  const action = { userId: administrator.id, note: "Lost phone, seen in person", ...CLIENT };
  expect(await resetSecondFactor(userId, action)).toEqual({ state: "done" });
  expect(await factorsOf(userId)).toEqual({ passkeys: 0, totp: false, recoveryCodes: 0 });
  expect(await findUser(userId)).toMatchObject({ hasSecondFactor: false, passwordHash: "none" });
  expect(await sessionStore().findEnding(session)).toMatchObject({ reason: "by-admin" });
  expect(await findOneTimeToken(ticket, "choose")).toBeNull();
  expect(await findRecovery(userId)).toBeNull();
  expect(await db().knownBrowser.count({ where: { userId } })).toBe(0);

  const line = await db().ledgerLine.findFirst({ where: { userId, reason: "factors-reset" } });
  expect(line).toMatchObject({ event: "user_updated", byUserId: administrator.id, note: action.note });
  const mails = await db().mail.findMany({ where: { recipient: email } });
  // The owner learns the reason, not where the administrator is.
  expect(mails).toMatchObject([
    { kind: "incident", details: { about: "factors-reset", note: action.note, ipAddress: null, userAgent: null } },
  ]);
  expect(await resetSecondFactor(userId, action)).toEqual({ state: "unchanged" });
  expect(await resetSecondFactor(randomUUID(), action)).toEqual({ state: "not-found" });
});
