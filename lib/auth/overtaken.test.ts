import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { expect, test, vi } from "vitest";
import { type Database, db } from "@/lib/db";
import { HOUR } from "@/lib/env";
import { hashPassword, nobodysHash } from "@/lib/password/hash";
import { cookieName, seal, trialCookie } from "@/lib/session/cookie";
import { currentBrowser, setLoginCookie } from "@/lib/session/current";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { createOneTimeToken, type OneTimeTokenKind } from "@/lib/users/one-time-tokens";
import { startRecovery } from "@/lib/users/recoveries";
import { createUser } from "@/lib/users/store";
import { SoftPasskey } from "@/testing/authenticator";
import { inAction, type Jar, newJar } from "@/testing/next-request";
import { ageSessions, createSession } from "@/testing/sessions";
import * as account from "./account";
import { distrustBrowsers, rememberBrowser, trustBrowser } from "./device";
import { logIn, logInInstead } from "./log-in";
import { acceptRegistration, creationOptions } from "./passkeys/ceremonies";
import { startLogIn } from "./passkeys/challenge-to-log-in";
import { confirmByPasskey, startConfirming } from "./passkeys/confirm";
import { logInByPasskey } from "./passkeys/log-in";
import * as passkeys from "./passkeys/manage";
import { startSecondStep, takeSecondStepByPasskey } from "./passkeys/second-step";
import { insertPasskey, listPasskeys } from "./passkeys/store";
import { confirmCode, confirmPassword } from "./reauthenticate";
import { resetPassword } from "./recovery";
import { disputeFactors } from "./second-factor/disputed";
import { removeFactors } from "./second-factor/factors";
import * as manage from "./second-factor/manage";
import { cancelRecovery, cancelRecoveryByLink, confirmRecovery } from "./second-factor/recovery";
import { renewRecoveryCodes } from "./second-factor/recovery-codes";
import { removeAllFactors } from "./second-factor/reset";
import { takeSecondStep } from "./second-factor/second-step";
import { codeAt } from "./totp/code";
import { confirmSecret, removeApp, secretToShow } from "./totp/store";

// The settings are read once.
vi.hoisted(() => Object.assign(process.env, { MAX_SESSIONS: "1", AT_MAX_SESSIONS: "choose" }));

// A log-in checks who the user is, and starts a session a moment later. Here the account changes between the two.

type User = { id: string; email: string };
type Change = (tx: Database, user: User) => Promise<unknown>;

/** Lets `attempt` check what it checks, and changes the account before anything comes of it. */
async function overtake<T>(user: User, attempt: () => Promise<T>, change: Change): Promise<T> {
  // Longer than our transactions may last: on a busy machine an attempt computes for seconds before it waits.
  const limits = { timeout: 50_000 };
  const { trying } = await db().$transaction(async (tx) => {
    await lockUser(tx, user.id);
    const trying = attempt();
    const waiting = () => tx.$queryRaw<unknown[]>`
      SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`;
    await expect.poll(async () => (await waiting()).length, { interval: 5, timeout: 40_000 }).toBeGreaterThan(0);
    await change(tx, user);
    return { trying };
  }, limits);
  return trying;
}

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };
const PASSWORD = "correct horse battery staple";
const HASH = hashPassword(PASSWORD);

/** What no log-in survives that it overtakes. */
const CHANGES: Record<string, Change> = {
  nothing: async () => {},
  "another password": (tx, { id }) =>
    tx.user.update({ where: { id }, data: { passwordHash: nobodysHash() }, select: { id: true } }),
  "another email": (tx, { id, email }) =>
    tx.user.update({ where: { id }, data: { email: `new-${email}` }, select: { id: true } }),
  "a disabled account": (tx, { id }) =>
    tx.user.update({ where: { id }, data: { disabledAt: new Date() }, select: { id: true } }),
};

/** The same of a log-in that a factor has proved. */
const CHANGES_OF_FACTORS: Record<string, Change> = {
  ...CHANGES,
  "no factor": (tx, { id }) => removeFactors(tx, id),
  "a reset by an administrator": (tx, { id }) => removeAllFactors(tx, id),
  "a denied factor": async (tx, { id, email }) => {
    await disputeFactors(tx, { userId: id, email }, { since: new Date(0), keep: [] }, CLIENT);
    // As secureAccount does.
    await tx.user.update({ where: { id }, data: { passwordHash: nobodysHash() }, select: { id: true } });
  },
};

async function newUser(): Promise<User> {
  const email = `${randomUUID()}@example.com`;
  return createUser({ email, name: "Ada", passwordHash: await HASH, role: "user" });
}

/** Sets up an app, and returns its secret. */
async function addApp({ id: userId }: User, tx: Database = db()): Promise<string> {
  const of = { userId, sessionHandle: randomUUID() };
  const secret = await secretToShow(of.userId, of.sessionHandle);
  await confirmSecret(tx, of, codeAt(secret, new Date()));
  await tx.totp.update({ where: { userId }, data: { lastStep: 0 }, select: { userId: true } });
  return secret;
}

async function addPasskey(user: User): Promise<SoftPasskey> {
  const key = new SoftPasskey("http://localhost:3000");
  const holder = { session: randomUUID() };
  const made = await acceptRegistration(key.register(await creationOptions({ ...user, name: "Ada" }, holder)), {
    ...{ purpose: "register", userId: user.id, holder },
  });
  if (!made) throw new Error("The passkey was refused");
  await insertPasskey(db(), user.id, { ...made, name: "Key" }, CLIENT);
  return key;
}

/** Enters the right password, which leads to the second step. */
async function enterPassword(jar: Jar, { email }: User): Promise<void> {
  await inAction(jar, async () => {
    const outcome = await logIn({ email, password: PASSWORD, publicComputer: false });
    if (outcome.state !== "second-step") throw new Error(outcome.state);
    await setLoginCookie(outcome.half);
  });
}

/** Whether exactly the changes that are none let a log-in through. */
async function refusesAll(
  changes: Record<string, Change>,
  begin: (user: User, jar: Jar) => Promise<() => Promise<{ state: string }>>,
): Promise<void> {
  for (const [name, change] of Object.entries(changes)) {
    const [user, jar] = [await newUser(), newJar()];
    const attempt = await begin(user, jar);
    const { state } = await overtake(user, () => inAction(jar, attempt), change);
    const isIn = name === "nothing";
    expect(state === "logged-in", `${name}: ${state}`).toBe(isIn);
    expect(await db().session.count({ where: { userId: user.id } }), name).toBe(Number(isIn));
  }
}

test("a log-in by password is refused if the account changes after the check", async () => {
  await refusesAll(
    CHANGES,
    async ({ email }) =>
      () =>
        logIn({ email, password: PASSWORD, publicComputer: false }),
  );
});

test("a log-in by password is not enough if a factor is added after the check", async () => {
  const user = await newUser();
  const secret: Change = (tx) => addApp(user, tx);
  const attempt = () => logIn({ email: user.email, password: PASSWORD, publicComputer: false });
  expect(await overtake(user, () => inAction(newJar(), attempt), secret)).toMatchObject({ state: "second-step" });
});

test("a log-in by code is refused if the account or a factor changes after the check", async () => {
  const changes = { ...CHANGES_OF_FACTORS, "another app": ((tx, user) => addApp(user, tx)) as Change };
  await refusesAll(changes, async (user, jar) => {
    const code = codeAt(await addApp(user), new Date());
    await enterPassword(jar, user);
    return () => takeSecondStep(code, { trust: false });
  });
});

test("a log-in by recovery code is refused if the account, a factor or the codes change after the check", async () => {
  const changes = { ...CHANGES_OF_FACTORS, "other codes": ((tx, { id }) => renewRecoveryCodes(tx, id)) as Change };
  await refusesAll(changes, async (user, jar) => {
    await addApp(user);
    const [code = ""] = await renewRecoveryCodes(db(), user.id);
    await enterPassword(jar, user);
    return () => takeSecondStep(code, { trust: false });
  });
});

test("a log-in by passkey is refused if the account or a factor changes after the check", async () => {
  await refusesAll(CHANGES_OF_FACTORS, async (user, jar) => {
    const key = await addPasskey(user);
    jar.set(trialCookie());
    const browser = await inAction(jar, currentBrowser);
    const started = await startLogIn(browser, CLIENT.ipAddress);
    if (started.state !== "started" || !started.options) throw new Error(started.state);
    const answer = key.sign(started.options);
    return () => logInByPasskey(answer, { publicComputer: false, email: null });
  });
});

test("a second step by passkey is refused if the account or a factor changes after the check", async () => {
  await refusesAll(CHANGES_OF_FACTORS, async (user, jar) => {
    const key = await addPasskey(user);
    await enterPassword(jar, user);
    const started = await inAction(jar, () => startSecondStep());
    if (started.state !== "started" || !started.options) throw new Error(started.state);
    const answer = key.sign(started.options);
    return () => takeSecondStepByPasskey(answer, { trust: false });
  });
});

test("a log-in in a trusted browser needs the second step if the trust is taken back after the check", async () => {
  const [user, jar] = [await newUser(), newJar()];
  const code = codeAt(await addApp(user), new Date());
  await enterPassword(jar, user);
  await inAction(jar, () => takeSecondStep(code, { trust: true }));
  const attempt = () => logIn({ email: user.email, password: PASSWORD, publicComputer: false });
  expect(
    await overtake(
      user,
      () => inAction(jar, attempt),
      async () => {},
    ),
  ).toMatchObject({ state: "logged-in" });
  const outcome = await overtake(
    user,
    () => inAction(jar, attempt),
    (tx) => distrustBrowsers(tx, user.id),
  );
  expect(outcome).toMatchObject({ state: "second-step" });
});

test("a confirmation counts for nothing if what it was proved by changes after the check", async () => {
  const user = await newUser();
  const [secret, key] = [await addApp(user), await addPasskey(user)];
  const token = await createSession(user, {
    ...CLIENT,
    publicComputer: false,
    previousToken: null,
    amr: ["pwd", "otp"],
  });
  const found = await sessionStore().find(token);
  if (!found) throw new Error("There is no session");
  const started = await inAction(newJar(), () => startConfirming(found));
  if (started.state !== "started" || !started.options) throw new Error(started.state);
  const answer = key.sign(started.options);

  const ways: [attempt: () => Promise<{ state: string }>, change: Change, state: string][] = [
    [() => confirmCode(found, codeAt(secret, new Date())), removeTheApp, "wrong-code"],
    [() => confirmByPasskey(found, answer), (tx, { id }) => removeFactors(tx, id), "refused"],
    [() => confirmPassword(found, PASSWORD), CHANGES["another password"] as Change, "wrong-password"],
  ];
  for (const [attempt, change, state] of ways) {
    await ageSessions({ token }, { lapsed: 1000 });
    expect(await overtake(user, () => inAction(newJar(), attempt), change)).toEqual({ state });
    expect(await sessionStore().extendConfirmation(found.session.handle)).toBe(false);
  }
});

/** Removes the app alone. */
async function removeTheApp(tx: Database, { id }: User): Promise<void> {
  await removeApp(tx, id);
}

/** What a user's request does to the account, prepared up to the moment at which it is decided. */
type Request = (user: User, found: ActiveSession) => Promise<() => Promise<unknown>>;

/** Every change of name, password, email, factors or trust that users make to their own account, and its deletion. */
const REQUESTS: Record<string, Request> = {
  "takes trust back": async ({ id }, found) => {
    const device = randomUUID();
    await rememberBrowser(db(), id, device);
    await trustBrowser(db(), id, device, "Test");
    return () => manage.distrust(found, undefined);
  },
  "stops a recovery": async (user, found) => {
    await addApp(user);
    await startRecovery(db(), user, CLIENT);
    return () => cancelRecovery(found);
  },
  "confirms the password": async (_user, found) => () => confirmPassword(found, PASSWORD),
  "adds an app": async ({ id }, found) => {
    const code = codeAt(await secretToShow(id, found.session.handle), new Date());
    return () => manage.addApp(found, code);
  },
  "removes the app": async (user, found) => {
    await addApp(user);
    return () => manage.deleteApp(found);
  },
  "renews the recovery codes": async (user, found) => {
    await addApp(user);
    return () => manage.newRecoveryCodes(found);
  },
  "adds a passkey": async (user, found) => {
    const holder = { session: found.session.handle };
    const options = await creationOptions({ ...user, name: "Ada" }, holder);
    const answer = new SoftPasskey("http://localhost:3000").register(options);
    return () => passkeys.addPasskey(found, { answer, name: "Key" });
  },
  "removes a passkey": async (user, found) => {
    await addPasskey(user);
    const [passkey] = await listPasskeys(user.id);
    return () => passkeys.removePasskey(found, String(passkey?.id));
  },
  "renames a passkey": async (user, found) => {
    await addPasskey(user);
    const [passkey] = await listPasskeys(user.id);
    return () => passkeys.namePasskey(found, { id: String(passkey?.id), name: "Another" });
  },
  "changes the name": async (_user, found) => () => account.changeName(found, "Countess"),
  "changes the password": async (_user, found) => () =>
    account.changePassword(found, { current: PASSWORD, next: "another horse battery staple" }),
  "asks for another email": async (_user, found) => () =>
    account.requestEmailChange(found, `${randomUUID()}@example.com`),
  "withdraws another email": async ({ id }, found) => {
    const pendingUntil = new Date(Date.now() + HOUR);
    const data = { pendingEmail: `${randomUUID()}@example.com`, pendingUntil };
    await db().user.update({ where: { id }, data, select: { id: true } });
    return () => account.cancelEmailChange(found);
  },
  "confirms another email": async ({ id }, found) => {
    const email = `${randomUUID()}@example.com`;
    const pendingUntil = new Date(Date.now() + HOUR);
    await db().user.update({ where: { id }, data: { pendingEmail: email, pendingUntil }, select: { id: true } });
    const token = await createOneTimeToken({ kind: "change-email", about: id, email, userId: id });
    return () => account.confirmEmailChange(token, found);
  },
  "deletes the account": async (_user, found) => () => account.deleteAccount(found, PASSWORD),
};

/** Each also forbids everything that the session was still to do. */
const ENDINGS: Record<string, Change> = {
  "a log-out": (tx, { id }) =>
    sessionStore().end(tx, { userId: id, except: null }, "revoked", { userId: id, ...CLIENT }),
  "a disabled account": CHANGES["a disabled account"] as Change,
};

/** Everything about an account that its owner can change. */
async function accountOf({ id }: User) {
  const select = { name: true, email: true, passwordHash: true, pendingEmail: true, factorVersion: true };
  return Promise.all([
    db().user.findUnique({ where: { id }, select }),
    db().passkey.findMany({ where: { userId: id }, select: { id: true, name: true } }),
    db().totp.findMany({ where: { userId: id }, select: { confirmedAt: true } }),
    db().recoveryCode.findMany({ where: { userId: id }, select: { codeHash: true } }),
    db().knownBrowser.findMany({ where: { userId: id }, select: { trustedUntil: true } }),
    db().factorRecovery.count({ where: { userId: id } }),
    db().ledgerLine.count({ where: { userId: id, reason: "confirm" } }),
  ]);
}

test.each(Object.keys(REQUESTS))("a request that %s changes nothing if its session ends before", async (name) => {
  for (const [why, ending] of Object.entries({ ...ENDINGS, nothing: async () => {} })) {
    const user = await newUser();
    const token = await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
    const found = (await sessionStore().find(token)) as ActiveSession;
    const jar = newJar();
    jar.set(cookieName(), await seal(token));
    const request = await inAction(jar, () => (REQUESTS[name] as Request)(user, found));
    const before = await accountOf(user);

    const outcome = overtake(user, () => inAction(jar, request).catch((error) => error.digest), ending);
    const isDone = why === "nothing";
    if (isDone)
      expect(await outcome, why).toMatchObject({
        state: expect.stringMatching(/^(added|changed|named|removed|sent|cancelled|deleted|confirmed)$/),
      });
    else expect(await outcome, why).toMatch(/^NEXT_REDIRECT;.*;\/login/);
    expect(isDeepStrictEqual(await accountOf(user), before), why).toBe(!isDone);
  }
});

test("a name that is saved as it was changes nothing, and the ledger says nothing", async () => {
  const user = await newUser();
  await addPasskey(user);
  const token = await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
  const found = (await sessionStore().find(token)) as ActiveSession;
  const [passkey] = await listPasskeys(user.id);
  const names = () => db().ledgerLine.count({ where: { userId: user.id, event: "user_updated" } });
  for (const [name, lines] of [
    ["Ada", 0],
    ["Countess", 1],
  ] as const) {
    expect(await inAction(newJar(), () => account.changeName(found, name))).toEqual({ state: "changed" });
    expect(await names()).toBe(lines);
  }
  for (const [name, lines] of [
    ["Key", 1],
    ["Another", 2],
  ] as const) {
    const its = { id: String(passkey?.id), name };
    expect(await inAction(newJar(), () => passkeys.namePasskey(found, its))).toEqual({ state: "named" });
    expect(await names()).toBe(lines);
  }
});

test("a recovery code is used up by what it leads to, and by nothing that is refused", async () => {
  const [user, jar] = [await newUser(), newJar()];
  await addApp(user);
  const codes = await renewRecoveryCodes(db(), user.id);
  const [first = "", second = ""] = codes;
  const left = async () => codes.length - (await db().recoveryCode.count({ where: { userId: user.id } }));

  await enterPassword(jar, user);
  const disabledAt = (at: Date | null) =>
    db().user.update({ where: { id: user.id }, data: { disabledAt: at }, select: { id: true } });
  const disabling: Change = (tx, { id }) =>
    tx.user.update({ where: { id }, data: { disabledAt: new Date() }, select: { id: true } });
  const attempt = () => inAction(jar, () => takeSecondStep(first, { trust: false }));
  expect([await overtake(user, attempt, disabling), await left()]).toEqual([{ state: "refused" }, 0]);

  await disabledAt(null);
  const both = await Promise.all([attempt(), attempt()]);
  const states = both.map(({ state }) => state).sort();
  // Whether the second attempt checks its code before or after the first one has used it.
  expect([
    ["logged-in", "refused"],
    ["logged-in", "wrong-code"],
  ]).toContainEqual(states);
  expect(await left()).toBe(1);

  // The choice among sessions stands for the code, so that is used up.
  const other = newJar();
  await enterPassword(other, user);
  expect(await inAction(other, () => takeSecondStep(second, { trust: false }))).toMatchObject({
    state: "full",
    choice: expect.any(Object),
  });
  expect(await left()).toBe(2);
});

test("a link whose email was composed while it was withdrawn, or the address changed, is worth nothing", async () => {
  const user = await newUser();
  await addApp(user);
  const token = await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
  const found = (await sessionStore().find(token)) as ActiveSession;
  const linkTo = (kind: OneTimeTokenKind, email: string) =>
    createOneTimeToken({ kind, about: randomUUID(), email, userId: user.id });
  const withdrawn = await linkTo("change-email", `${randomUUID()}@example.com`);
  const former = `${randomUUID()}@example.com`;
  const [reset, confirm, cancel] = [
    await linkTo("reset", former),
    await linkTo("confirm-recovery", former),
    await linkTo("cancel-recovery", former),
  ];
  const before = await accountOf(user);

  const outcomes = await inAction(newJar(), async () => [
    await account.confirmEmailChange(withdrawn, found),
    await resetPassword(reset, "another horse battery staple"),
    await confirmRecovery(confirm),
    await cancelRecoveryByLink(cancel),
  ]);
  expect(outcomes).toEqual(Array(4).fill({ state: "spent" }));
  expect(await accountOf(user)).toEqual(before);
});

test("a choice among sessions that a factor has led to ends with a change of the factors", async () => {
  for (const change of [async () => {}, async (user: User) => removeTheApp(db(), user)]) {
    const [user, jar] = [await newUser(), newJar()];
    const code = codeAt(await addApp(user), new Date());
    await createSession(user, { ...CLIENT, publicComputer: false, previousToken: null });
    await enterPassword(jar, user);
    const outcome = await inAction(jar, () => takeSecondStep(code, { trust: false }));
    if (outcome.state !== "full" || !outcome.choice) throw new Error(outcome.state);
    const { ticket } = outcome.choice;
    const [session] = await db().session.findMany({ where: { userId: user.id }, select: { handle: true } });
    await change(user);
    const chosen = await inAction(jar, () => logInInstead(ticket, String(session?.handle), false));
    expect(chosen).toMatchObject({ state: change.length === 0 ? "logged-in" : "refused" });
  }
});
