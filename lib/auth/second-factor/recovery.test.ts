import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { changePassword } from "@/lib/auth/account";
import { logIn } from "@/lib/auth/log-in";
import { removePasskey } from "@/lib/auth/passkeys/manage";
import { insertPasskey } from "@/lib/auth/passkeys/store";
import { codeAt } from "@/lib/auth/totp/code";
import { confirmSecret, secretToShow } from "@/lib/auth/totp/store";
import { db, transaction } from "@/lib/db";
import { DAY } from "@/lib/env";
import { hashPassword } from "@/lib/password/hash";
import { setLoginCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { findWholeRecovery, isInDispute, startRecovery, sweepRecoveries } from "@/lib/users/recoveries";
import { createUser } from "@/lib/users/store";
import { inAction, newJar } from "@/testing/next-request";
import { ageRecovery } from "@/testing/recoveries";
import { createSession } from "@/testing/sessions";
import { deleteApp } from "./manage";
import { cancelRecovery, requestRecovery } from "./recovery";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };
const PASSWORD = "correct horse battery staple";

/** A user whose app and passkeys are denied, and a session of theirs. */
async function denied() {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Ada", passwordHash: await hashPassword(PASSWORD), role: "user" });
  const of = { userId: user.id, sessionHandle: randomUUID() };
  const code = codeAt(await secretToShow(of.userId, of.sessionHandle), new Date());
  await confirmSecret(db(), of, code);
  const keys = [randomUUID(), randomUUID()].map((id) => Buffer.from(id).toString("base64url"));
  for (const id of keys) {
    const key = { id, publicKey: new Uint8Array(9), counter: 0, transports: [], name: "Key", synced: true };
    await insertPasskey(db(), user.id, key, CLIENT);
  }
  await transaction((tx) => startRecovery(tx, user, CLIENT, { isDisputed: true }));
  const token = await createSession(user, {
    ...CLIENT,
    publicComputer: false,
    previousToken: null,
    amr: ["pwd", "otp"],
  });
  const found = await sessionStore().find(token);
  if (!found) throw new Error("There is no session");
  return { user, found, keys };
}

async function lastStepMailedTo({ email }: { email: string }): Promise<unknown> {
  const [mail] = await db().mail.findMany({ where: { recipient: email, kind: "recovery" }, orderBy: { id: "desc" } });
  return (mail?.details as { step?: string } | undefined)?.step;
}

test("a new password or another change of factors leaves denied ones denied, until the last one is removed", async () => {
  const { user, found, keys } = await denied();
  const act = <T>(work: () => Promise<T>) => inAction(newJar(), work);
  const next = "another horse battery staple";
  expect(await act(() => changePassword(found, { current: PASSWORD, next }))).toMatchObject({ state: "changed" });
  expect(await isInDispute(user.id)).toBe(true);

  for (const id of keys) {
    expect(await act(() => removePasskey(found, id))).toMatchObject({ state: "removed" });
    expect(await isInDispute(user.id)).toBe(true);
  }
  await act(() => deleteApp(found));
  expect(await findWholeRecovery(user.id)).toBeNull();
});

test("in a session their owner says that denied factors count again", async () => {
  const { user, found } = await denied();
  expect(await inAction(newJar(), () => cancelRecovery(found))).toEqual({ state: "cancelled" });
  expect(await isInDispute(user.id)).toBe(false);
});

test("after the password, the link that ends a recovery is a request away once its delay is over, however late", async () => {
  const { user } = await denied();
  const jar = newJar();
  await inAction(jar, async () => {
    const outcome = await logIn({ email: user.email, password: PASSWORD, publicComputer: false });
    if (outcome.state !== "second-step") throw new Error(outcome.state);
    await setLoginCookie(outcome.half);
  });
  const ask = () => inAction(jar, requestRecovery);
  expect(await ask()).toMatchObject({ state: "sent", isLast: false });
  expect(await lastStepMailedTo(user)).toBe("confirm");

  await ageRecovery(user, DAY);
  await sweepRecoveries();
  await ageRecovery(user, 30 * DAY);
  await sweepRecoveries();
  await db().mail.deleteMany({ where: { recipient: user.email } });
  expect(await ask()).toMatchObject({ state: "sent", isLast: true });
  expect(await lastStepMailedTo(user)).toBe("due");
});
