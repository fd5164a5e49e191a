import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { logIn } from "@/lib/auth/log-in";
import { acceptAssertion, acceptRegistration, creationOptions, requestOptions } from "@/lib/auth/passkeys/ceremonies";
import { insertPasskey } from "@/lib/auth/passkeys/store";
import { codeAt } from "@/lib/auth/totp/code";
import { confirmSecret, secretToShow } from "@/lib/auth/totp/store";
import { clock, db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { setLoginCookie } from "@/lib/session/current";
import { createUser } from "@/lib/users/store";
import { SoftPasskey } from "@/testing/authenticator";
import { inAction, newJar } from "@/testing/next-request";
import { renewRecoveryCodes } from "./recovery-codes";
import { takeSecondStep } from "./second-step";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };
const PASSWORD = "correct horse battery staple";

// ASVS 5.0, 6.4.5: no way to log in expires, so nobody needs to be reminded.
test("after ten years, the password, an app, recovery codes and passkeys log in as on the first day", async () => {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Ada", passwordHash: await hashPassword(PASSWORD), role: "user" });
  const of = { userId: user.id, sessionHandle: randomUUID() };
  const secret = await secretToShow(of.userId, of.sessionHandle);
  await confirmSecret(db(), of, codeAt(secret, await clock()));
  const [code = ""] = await renewRecoveryCodes(db(), user.id);
  const key = new SoftPasskey("http://localhost:3000");
  const holder = { session: randomUUID() };
  const answer = key.register(await creationOptions({ ...user, name: "Ada" }, holder));
  const made = await acceptRegistration(answer, { purpose: "register", userId: user.id, holder });
  if (!made) throw new Error("The passkey was refused");
  await insertPasskey(db(), user.id, { ...made, name: "Key" }, CLIENT);

  const id = user.id;
  await db().$executeRaw`UPDATE users SET created_at = created_at - interval '10 years' WHERE id = ${id}::uuid`;
  await db().$executeRaw`UPDATE passkeys SET created_at = created_at - interval '10 years' WHERE user_id = ${id}::uuid`;
  await db()
    .$executeRaw`UPDATE recovery_codes SET created_at = created_at - interval '10 years' WHERE user_id = ${id}::uuid`;
  await db().$executeRaw`
    UPDATE totp SET confirmed_at = confirmed_at - interval '10 years', last_used_at = last_used_at - interval '10 years',
                    last_step = last_step - 10 * 365 * 24 * 120
     WHERE user_id = ${id}::uuid`;

  for (const typed of [codeAt(secret, await clock()), code]) {
    const jar = newJar();
    await inAction(jar, async () => {
      const outcome = await logIn({ email, password: PASSWORD, publicComputer: false });
      if (outcome.state !== "second-step") throw new Error(outcome.state);
      await setLoginCookie(outcome.half);
    });
    expect(await inAction(jar, () => takeSecondStep(typed, { trust: false }))).toMatchObject({ state: "logged-in" });
  }
  const bond = { purpose: "log-in" as const, userId: null, holder: { browser: randomUUID() } };
  const signed = await acceptAssertion(key.sign(await requestOptions(bond)), bond);
  expect(signed).toMatchObject({ state: "signed", key: { user: { id } } });
});
