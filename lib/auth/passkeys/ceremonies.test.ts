/** @module-tag time */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { newToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { type Bent, FLAGS, SoftPasskey } from "@/testing/authenticator";
import { acceptAssertion, acceptRegistration, creationOptions, requestOptions } from "./ceremonies";
import { type Bond, createChallenge, type Purpose, spendChallenge, sweepChallenges } from "./challenges";
import { insertPasskey, listPasskeys } from "./store";

const ORIGIN = "http://localhost:3000";
const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.1" };

async function newUser() {
  const email = `${randomUUID()}@example.com`;
  const { id } = await createUser({ email, name: "Ada", passwordHash: "none", role: "user" });
  return { id, email, name: "Ada" };
}

/** A user with a passkey, and the ways to use it. */
async function owner(key = new SoftPasskey(ORIGIN)) {
  const user = await newUser();
  const holder = { session: randomUUID() };
  const answer = key.register(await creationOptions(user, holder));
  const made = await acceptRegistration(answer, { purpose: "register", userId: user.id, holder });
  if (!made) throw new Error("The passkey was refused");
  await insertPasskey(db(), user.id, { ...made, name: "Key" }, CLIENT);

  const bond: Bond = { purpose: "log-in", userId: null, holder: { browser: newToken() } };
  const use = async (bent: Bent = {}) => acceptAssertion(key.sign(await requestOptions(bond), bent), bond);
  return { user, key, bond, use };
}

/** Registers with an authenticator that differs from an honest one. */
async function register(bent: Bent) {
  const user = await newUser();
  const holder = { session: randomUUID() };
  const answer = new SoftPasskey(ORIGIN).register(await creationOptions(user, holder), bent);
  return acceptRegistration(answer, { purpose: "register", userId: user.id, holder });
}

test("a new passkey must verify its user, can be found without an email, and needs no attestation", async () => {
  expect(await creationOptions(await newUser(), { session: randomUUID() })).toMatchObject({
    rp: { id: "localhost" },
    attestation: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    timeout: 300_000,
  });
});

test("a passkey identifies its user, without an email or a password", async () => {
  const { user, use } = await owner();
  expect(await use()).toMatchObject({ state: "signed", key: { user: { id: user.id } }, isDeviceBound: true });
});

test("the options name the passkeys that the account already has, so that a device makes no second one", async () => {
  const { user, key } = await owner();
  const { excludeCredentials } = await creationOptions(user, { session: randomUUID() });
  expect(excludeCredentials?.map(({ id }) => id)).toEqual([key.id]);
});

test("an attestation is neither checked nor stored", async () => {
  const certificate = Buffer.from("no certificate");
  const statement = new Map([["x5c", [certificate]]]);
  expect(await register({ attestation: ["packed", statement] })).toMatchObject({ synced: false });
  expect(await register({ attestation: ["a new format", new Map()] })).toMatchObject({ synced: false });
});

const REFUSED: [what: string, bent: Bent][] = [
  ["made for another site", { origin: "https://evil.example" }],
  ["made for another port of this host", { origin: "http://localhost:4000" }],
  ["made for another RP ID", { rpId: "evil.example" }],
  ["without user verification", { flags: FLAGS.present }],
  ["without a person present", { flags: FLAGS.verified }],
  ["to another challenge", { challenge: newToken() }],
  ["asked for by a foreign frame", { clientData: { crossOrigin: true } }],
  ["asked for below another site", { clientData: { topOrigin: "https://evil.example" } }],
];

test.each(REFUSED)("a registration %s is refused", async (_what, bent) => {
  expect(await register(bent)).toBeNull();
});

test.each(REFUSED)("a signature %s is refused", async (_what, bent) => {
  const { use } = await owner();
  expect(await use(bent)).toMatchObject({ state: "refused" });
  // The same passkey is accepted without that.
  expect(await use()).toMatchObject({ state: "signed" });
});

test("a signature of a registration does not log in, and the other way round", async () => {
  const { use } = await owner();
  expect(await use({ type: "webauthn.create" })).toMatchObject({ state: "refused" });
  expect(await register({ type: "webauthn.get" })).toBeNull();
});

// ASVS 5.0, 6.7.1: only the stored public key verifies a signature.
test("a signature by another key is refused, and names whose passkey it claims to be", async () => {
  const { user, key, bond } = await owner();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const forged = key.sign(await requestOptions(bond), {}, privateKey);
  expect(await acceptAssertion(forged, bond)).toEqual({ state: "refused", userId: user.id });
});

test("a signature that names another user, or none where nobody was asked for, is refused", async () => {
  const { use } = await owner();
  const other = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
  expect(await use({ userHandle: other })).toMatchObject({ state: "refused" });
  expect(await use({ userHandle: null })).toMatchObject({ state: "refused" });
});

// ASVS 5.0, 6.7.2: a challenge is random, and works once.
test("a response is worth something once, even if it arrives ten times at once", async () => {
  const { key, bond } = await owner(new SoftPasskey(ORIGIN, false));
  const answer = key.sign(await requestOptions(bond));
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => acceptAssertion(answer, bond)));
  expect(outcomes.filter(({ state }) => state === "signed")).toHaveLength(1);
  expect(await acceptAssertion(answer, bond)).toMatchObject({ state: "refused" });
});

test("a refused response spends its challenge", async () => {
  const { key, bond } = await owner();
  const options = await requestOptions(bond);
  expect(await acceptAssertion(key.sign(options, { flags: FLAGS.present }), bond)).toMatchObject({ state: "refused" });
  expect(await acceptAssertion(key.sign(options), bond)).toMatchObject({ state: "refused" });
});

// ASVS 5.0, 6.6.2: an answer is for the request that it was asked in.
test("a challenge is valid only for its purpose, its user, and the session or browser that asked for it", async () => {
  const user = await newUser();
  const made: Bond = { purpose: "confirm", userId: user.id, holder: { session: randomUUID() } };
  const challenge = await createChallenge(made);
  const others: Partial<Bond>[] = [
    ...(["register", "log-in", "second-step"] as Purpose[]).map((purpose) => ({ purpose })),
    { userId: null },
    { userId: (await newUser()).id },
    { holder: { session: randomUUID() } },
    { holder: { browser: newToken() } },
  ];
  for (const other of others) expect(await spendChallenge(challenge, { ...made, ...other })).toBe(false);

  const inBrowser: Bond = { purpose: "log-in", userId: null, holder: { browser: newToken() } };
  const another = await createChallenge(inBrowser);
  expect(await spendChallenge(another, { ...inBrowser, holder: { browser: newToken() } })).toBe(false);

  // Nobody else has spent them.
  expect(await spendChallenge(challenge, made)).toBe(true);
  expect(await spendChallenge(another, inBrowser)).toBe(true);
});

test("a challenge is valid for five minutes by the database's clock, and the sweep deletes it after that", async () => {
  const bond: Bond = { purpose: "log-in", userId: null, holder: { browser: newToken() } };
  const age = (seconds: number) =>
    db().$executeRaw`UPDATE challenges SET expires_at = expires_at - make_interval(secs => ${seconds})`;
  const early = await createChallenge(bond);
  await age(240);
  expect(await spendChallenge(early, bond)).toBe(true);

  const late = await createChallenge(bond);
  await age(300);
  expect(await spendChallenge(late, bond)).toBe(false);
  await sweepChallenges();
  expect(await db().challenge.count({ where: { expiresAt: { lte: new Date(Date.now() - 1000) } } })).toBe(0);
});

test("options for a log-in list no passkeys; those for a known user list that user's", async () => {
  const { user, key, bond } = await owner();
  expect((await requestOptions(bond)).allowCredentials).toEqual([]);
  const known = await requestOptions({ purpose: "confirm", userId: user.id, holder: { session: randomUUID() } });
  expect(known.allowCredentials?.map(({ id }) => id)).toEqual([key.id]);
  expect(known.userVerification).toBe("required");
});

test("another user's passkey confirms nothing", async () => {
  const [{ key }, { user }] = [await owner(), await owner()];
  const bond: Bond = { purpose: "confirm", userId: user.id, holder: { session: randomUUID() } };
  expect(await acceptAssertion(key.sign(await requestOptions(bond)), bond)).toMatchObject({ state: "refused" });
  expect(await acceptAssertion(key.sign(await requestOptions(bond), { userHandle: null }), bond)).toMatchObject({
    state: "refused",
  });
});

test("the passkey of a disabled account is refused, and one that was removed is unknown", async () => {
  const { user, key, use } = await owner();
  await db().user.update({ where: { id: user.id }, data: { disabledAt: new Date() } });
  expect(await use()).toEqual({ state: "refused", userId: user.id });
  await db().passkey.deleteMany({ where: { userId: user.id } });
  expect(await use()).toEqual({ state: "unknown", id: key.id });
});

test("a counter that stays or goes back is refused, and does not become the new one", async () => {
  const { use } = await owner();
  expect(await use({ counter: 7 })).toMatchObject({ state: "signed" });
  expect(await use({ counter: 7 })).toMatchObject({ state: "copied" });
  expect(await use({ counter: 6 })).toMatchObject({ state: "copied" });
  expect(await use({ counter: 0 })).toMatchObject({ state: "copied" });
  expect(await use({ counter: 8 })).toMatchObject({ state: "signed" });
  expect(await use({ counter: 4_294_967_295 })).toMatchObject({ state: "signed" });
});

test("an authenticator without a counter is accepted each time", async () => {
  const { use } = await owner(new SoftPasskey(ORIGIN, false));
  expect(await use()).toMatchObject({ state: "signed" });
  expect(await use()).toMatchObject({ state: "signed" });
});

test("of two signatures with one counter at the same moment, one is accepted", async () => {
  const { use } = await owner();
  const outcomes = await Promise.all([use({ counter: 5 }), use({ counter: 5 })]);
  expect(outcomes.map(({ state }) => state).sort()).toEqual(["copied", "signed"]);
});

test("a passkey is stored once, for one account, with how it is kept and when it was last used", async () => {
  const { user, key, use } = await owner();
  const again = { id: key.id, publicKey: new Uint8Array(1), counter: 0, transports: [], name: "", synced: false };
  expect(await insertPasskey(db(), (await newUser()).id, again, CLIENT)).toBe(false);

  const [before] = await listPasskeys(user.id);
  expect(before).toMatchObject({ name: "Key", synced: false, transports: ["internal"], lastUsedAt: null, ...CLIENT });
  const syncing = FLAGS.present | FLAGS.verified | FLAGS.syncable | FLAGS.synced;
  expect(await use({ flags: syncing })).toMatchObject({ state: "signed", isDeviceBound: false });
  const [after] = await listPasskeys(user.id);
  expect(after).toMatchObject({ synced: true, lastUsedAt: expect.any(Date) });
});

/** Each run signs, and asks the database for a challenge: too slow for a hundred of them. */
const RUNS = { numRuns: 40 };

/** Replaces one part of a JSON document, wherever it is. */
function bend(text: string, path: number, by: unknown): string {
  let count = 0;
  const walk = (value: unknown): unknown => {
    if (count++ === path) return by;
    if (Array.isArray(value)) return value.map(walk);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
    return value;
  };
  return JSON.stringify(walk(JSON.parse(text))) ?? "";
}

test("whatever is sent in place of a response, it is refused and throws nothing", async () => {
  const { user, key, bond } = await owner();
  const holder = { session: randomUUID() };
  const registering: Bond = { purpose: "register", userId: user.id, holder };
  const anything = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constantFrom("", "null", "[]", '{"id":1}'));

  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      expect(await acceptAssertion(text, bond)).toMatchObject({ state: "refused" });
      expect(await acceptRegistration(text, registering)).toBeNull();
    }),
  );

  // Honest responses with one part replaced: by nonsense, or by well-formed base64url of nonsense.
  const nonsense = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("base64url"));
  const part = fc.oneof(nonsense, fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 10 }), part, async (path, by) => {
      const signed = bend(key.sign(await requestOptions(bond)), path, by);
      expect(["refused", "unknown", "signed"]).toContain((await acceptAssertion(signed, bond)).state);
      const made = bend(new SoftPasskey(ORIGIN).register(await creationOptions(user, holder)), path, by);
      const accepted = await acceptRegistration(made, registering);
      if (accepted) expect(accepted.publicKey.length).toBeGreaterThan(0);
    }),
    RUNS,
  );
});

test("nonsense in place of the parts that a browser encodes is refused and throws nothing", async () => {
  const { user, bond, key } = await owner();
  const holder = { session: randomUUID() };
  const registering: Bond = { purpose: "register", userId: user.id, holder };
  const bytes = fc.uint8Array({ maxLength: 300 });

  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.constantFrom("authenticatorData", "signature", "attestationObject"),
      async (noise, name) => {
        const encoded = Buffer.from(noise).toString("base64url");
        const replaced = (text: string) => {
          const sent = JSON.parse(text);
          sent.response[name] = encoded;
          return JSON.stringify(sent);
        };
        const signed = replaced(key.sign(await requestOptions(bond)));
        if (name !== "attestationObject")
          expect(await acceptAssertion(signed, bond)).toMatchObject({ state: "refused" });
        const made = replaced(new SoftPasskey(ORIGIN).register(await creationOptions(user, holder)));
        if (name === "attestationObject") expect(await acceptRegistration(made, registering)).toBeNull();
      },
    ),
    RUNS,
  );
});
