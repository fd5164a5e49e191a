import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { changeRole } from "@/lib/users/administration";
import { createUser } from "@/lib/users/store";
import { ENGLISH } from "@/lib/words";
import { createSession } from "@/testing/sessions";
import { findNotices } from "./notices";
import { record } from "./store";

const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

async function signedIn(): Promise<ActiveSession> {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Test", passwordHash: "none", role: "user" });
  return (await sessionStore().find(await createSession(user, BROWSER))) as ActiveSession;
}

test("the notice of a changed role does not show where the administrator was", async () => {
  const [found, admin] = [await signedIn(), await signedIn()];
  const client = { userAgent: "The administrator's", ipAddress: "198.51.100.7" };
  await changeRole(found.user.id, "admin", { userId: admin.user.id, note: "because", ...client });

  const notices = await findNotices(found, ENGLISH);
  expect(notices?.changes).toMatchObject([{ what: "role", browser: null, ipAddress: null }]);
  expect(JSON.stringify(notices)).not.toMatch(/administrator's|198\.51/);
});

test("a wrong password while confirming is not a failed log-in, and one on the log-in page is", async () => {
  const found = await signedIn();
  const line = { userId: found.user.id, sessionHandle: randomUUID(), userAgent: "Test", ipAddress: null };
  await record(db(), { event: "authn_login_fail", reason: "confirm", byUserId: found.user.id, ...line });
  expect(await findNotices(found, ENGLISH)).toBeNull();

  await record(db(), { event: "authn_login_fail", byUserId: null, ...line, sessionHandle: null });
  expect(await findNotices(found, ENGLISH)).toMatchObject({ failures: { count: 1 } });
});

test("a session gets no notice of its own changes, and other sessions do", async () => {
  const found = await signedIn();
  const by = { userId: found.user.id, byUserId: found.user.id, userAgent: "Test", ipAddress: null };
  await record(db(), { event: "authn_password_change", sessionHandle: found.session.handle, ...by });
  expect(await findNotices(found, ENGLISH)).toBeNull();

  const other = (await sessionStore().find(await createSession(found.user, BROWSER))) as ActiveSession;
  expect(await findNotices(other, ENGLISH)).toMatchObject({ changes: [{ what: "password" }] });
});
