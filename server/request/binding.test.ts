/** @module-tag time */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { distrustBrowsers, rememberBrowser, trustBrowser } from "@/lib/auth/device";
import { needsSecondStep } from "@/lib/auth/second-factor/factors";
import { db, transaction } from "@/lib/db";
import { env, MINUTE, SECOND } from "@/lib/env";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { cookieName, deviceCookieName, proofCookieName, seal, sealDevice } from "@/lib/session/cookie";
import { bindChallenge, challengeFor } from "@/lib/session/dbsc/challenge";
import { bindingName } from "@/lib/session/dbsc/messages";
import { proofOf } from "@/lib/session/dbsc/proof";
import { sessionStore } from "@/lib/session/store";
import { hashToken, newToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { Streams } from "@/server/events/streams";
import { testInOneZone } from "@/testing/in-one-zone";
import { createSession } from "@/testing/sessions";
import { type SoftwareKey, signedWithPublicKey, softwareKey, unsigned } from "@/testing/software-key";
import { type Wire, wireTo } from "@/testing/wire";
import { sendTo, type Told } from "./front.fixture";
import { handleWith } from "./handle";

// The protocol over HTTP, with a key in software: what a browser sends, and what it never would.

Object.assign(process.env, { APP_URL: "https://login.example.com", SESSION_TOUCH_INTERVAL: "1s", LOG_LEVEL: "silent" });

const LIFE = 10 * MINUTE;

let wire: Wire;
let server: Server;
let streams: Streams;

beforeAll(async () => {
  wire = await wireTo(String(process.env.DATABASE_URL));
  process.env.DATABASE_URL = wire.url;
  streams = new Streams();
  const management = { answerVisitor: async () => {} } as unknown as Parameters<typeof handleWith>[2];
  // In the place of Next.js, which takes no part in this.
  const handle = handleWith(async (_request, response) => void response.end("a page"), streams, management);
  server = createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => {
  streams.close();
  server.close();
  wire.close();
});

beforeEach(() => {
  wire.statements.length = 0;
});

function send(path: string, headers: Record<string, string> = {}, method = "POST"): Promise<Told> {
  const { port } = server.address() as { port: number };
  return sendTo(port, { path, headers, method });
}

type Session = { userId: string; token: string; handle: string; cookie: string; key: SoftwareKey };

async function logIn(role: "user" | "admin" = "user", kind?: "RS256"): Promise<Session> {
  const email = `${randomUUID()}@example.com`;
  const { id: userId } = await createUser({ email, name: "Ada", passwordHash: "none", role });
  const browser = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
  const token = await createSession({ id: userId }, browser);
  const found = await sessionStore().find(token);
  const cookie = `${cookieName()}=${await seal(token)}`;
  return { userId, token, handle: String(found?.session.handle), cookie, key: softwareKey(kind) };
}

const register = ({ cookie }: { cookie: string }, signed?: string) =>
  send("/session/bind", { cookie, ...(signed && { "secure-session-response": signed }) });

const prove = ({ cookie }: { cookie: string }, signed?: string, name = bindingName()) =>
  send("/session/prove", {
    cookie,
    "sec-secure-session-id": name,
    ...(signed && { "secure-session-response": signed }),
  });

const proofIn = ({ headers }: Told) => /session-proof=([^;]+)/.exec(String(headers["set-cookie"]))?.[1] ?? null;
const challengeIn = ({ headers }: Told) =>
  /^"([^"]+)";id="/.exec(String(headers["secure-session-challenge"]))?.[1] ?? "";

/** Logs in, registers the key and proves it once: the session is bound. */
async function bound(role?: "user" | "admin"): Promise<Session & { proof: string; challenge: string }> {
  const session = await logIn(role);
  const signed = session.key.sign(bindChallenge(session.token, Date.now()), { register: true });
  const registered = await patiently(() => register(session, signed));
  return { ...session, ...(await proven(session, challengeIn(registered))) };
}

/** Proves a session as a browser does, which asks again when a busy server cannot say. */
async function proven(session: Session, challenge: string): Promise<{ proof: string; challenge: string }> {
  const proved = await patiently(() => prove(session, session.key.sign(challenge)));
  // The answer to an earlier try was lost.
  if (proved.status === 403) return proven(session, challengeIn(proved));
  expect(proved.status).toBe(200);
  return { proof: String(proofIn(proved)), challenge: challengeIn(proved) };
}

async function patiently(work: () => Promise<Told>, tries = 10): Promise<Told> {
  const answer = await work();
  return answer.status === 503 && tries > 1 ? patiently(work, tries - 1) : answer;
}

const apiWith = (cookie: string, path = "/api/session") => send(path, { cookie }, "GET");
const withProof = ({ cookie }: { cookie: string }, proof: string) => `${cookie}; ${proofCookieName()}=${proof}`;

/** Makes the newest proof of a session older, and records that it has been seen if it was. */
async function ageProof({ handle }: Session, age: number): Promise<Date> {
  await db().$executeRaw`
    UPDATE sessions SET proved_at = proved_at - make_interval(secs => ${age / 1000}), bound_at = bound_at - make_interval(secs => ${age / 1000}),
                        proof_seen_at = proof_seen_at - make_interval(secs => ${age / 1000})
     WHERE handle = ${handle}::uuid`;
  const row = await db().session.findUnique({ where: { handle }, select: { provedAt: true } });
  return row?.provedAt as Date;
}

const linesOf = ({ userId }: Session) =>
  db().ledgerLine.findMany({ where: { userId }, select: { event: true, reason: true }, orderBy: { id: "asc" } });

test("a browser registers, and gets a short proof, a challenge and what it needs to know", async () => {
  const session = await logIn();
  const answer = await register(
    session,
    session.key.sign(bindChallenge(session.token, Date.now()), { register: true }),
  );

  expect(answer.status).toBe(200);
  expect(answer.headers["set-cookie"]).toEqual([
    expect.stringMatching(
      /^__Host-session-proof=\d{13}\.[\w-]{43}; Max-Age=60; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    ),
  ]);
  const told = JSON.parse(answer.text);
  expect(told).toMatchObject({
    session_identifier: "latchkey/login.example.com",
    refresh_url: "/session/prove",
    scope: { include_site: false },
    credentials: [{ type: "cookie", name: "__Host-session-proof" }],
  });
  // A difference would make the browser sign for every request.
  const [cookie] = answer.headers["set-cookie"] ?? [];
  expect(cookie).toContain(told.credentials[0].attributes);
});

const REFUSED: Record<string, (session: Session, challenge: string) => string | undefined> = {
  "no signature": () => undefined,
  "no algorithm": ({ key }, challenge) => `${unsigned(challenge, { alg: "none", typ: "dbsc+jwt", jwk: key.jwk })}.`,
  "no algorithm and any signature": ({ key }, challenge) =>
    `${unsigned(challenge, { alg: "none", typ: "dbsc+jwt", jwk: key.jwk })}.AAAA`,
  "the public key as a shared secret": ({ key }, challenge) => signedWithPublicKey(challenge, key),
  "a curve that was not offered": (_session, challenge) => softwareKey("ES384").sign(challenge, { register: true }),
  "an algorithm of another kind of key": ({ key }, challenge) =>
    key.sign(challenge, { register: true, header: { alg: "RS256" } }),
  "another type": ({ key }, challenge) => key.sign(challenge, { register: true, header: { typ: "JWT" } }),
  "no key": ({ key }, challenge) => key.sign(challenge),
  "the key of somebody else": ({ key }, challenge) =>
    key.sign(challenge, { register: true, header: { jwk: softwareKey().jwk } }),
  "the private part of the key": ({ key }, challenge) =>
    key.sign(challenge, { register: true, header: { jwk: key.privateJwk } }),
  "a key that is no point of its curve": ({ key }, challenge) =>
    key.sign(challenge, { register: true, header: { jwk: { ...key.jwk, x: "A".repeat(43) } } }),
  "another challenge": ({ key }) => key.sign("x".repeat(57), { register: true }),
  "the challenge of another session": ({ key }) =>
    key.sign(bindChallenge("x".repeat(43), Date.now()), { register: true }),
  "a challenge of two minutes ago": ({ key, token }) =>
    key.sign(bindChallenge(token, Date.now() - 2 * MINUTE), { register: true }),
  "a challenge for a proof": ({ key, handle }) =>
    key.sign(challengeFor({ handle, provedAt: new Date() }, new Date()), { register: true }),
  "something else": () => "a.b.c",
};

test.each(Object.entries(REFUSED))("a registration with %s is refused, and stores nothing", async (_what, make) => {
  const session = await logIn();
  const answer = await register(session, make(session, bindChallenge(session.token, Date.now())));
  expect(answer.status).toBe(400);
  expect(answer.headers["set-cookie"]).toBeUndefined();
  expect((await sessionStore().find(session.token))?.binding).toBeNull();
});

test("RSA will do where a device has nothing else, and headers may be quoted", async () => {
  const session = await logIn("user", "RS256");
  const signed = session.key.sign(bindChallenge(session.token, Date.now()), { register: true });
  const registered = await register(session, `"${signed}"`);
  expect(registered.status).toBe(200);
  const proved = await prove(session, `"${session.key.sign(challengeIn(registered))}"`, `"${bindingName()}"`);
  expect(proved.status).toBe(200);
});

test("a registration can come again until the first refresh, and not after it or in another session", async () => {
  const [session, other] = [await logIn(), await logIn()];
  const signed = session.key.sign(bindChallenge(session.token, Date.now()), { register: true });
  const first = await register(session, signed);
  const again = await register(session, signed);
  expect(again.status).toBe(200);
  expect(proofIn(again)).toBe(proofIn(first));
  expect((await register(other, signed)).status).toBe(400);

  await prove(session, session.key.sign(challengeIn(first)));
  expect((await register(session, signed)).status).toBe(400);
});

test("a session whose registration went astray goes on without a proof", async () => {
  const session = await logIn();
  await register(session, session.key.sign(bindChallenge(session.token, Date.now()), { register: true }));
  expect((await apiWith(session.cookie)).status).toBe(200);
});

test("a bound session needs a proof: without one the API says that it is unproven", async () => {
  const session = await bound();
  expect((await apiWith(withProof(session, session.proof))).status).toBe(200);

  for (const path of ["/api/session", "/api/sessions", "/api/verify", "/api/events"]) {
    const answer = await apiWith(session.cookie, path);
    expect([path, answer.status, JSON.parse(answer.text).reason]).toEqual([path, 401, "unproven"]);
  }
});

test("a proof counts for its life and half a minute, and only for its session", async () => {
  const [session, other] = [await bound(), await bound()];
  const ago = (age: number) => new Date(Date.now() - age);
  const statusOf = async (proof: string) => (await apiWith(withProof(session, proof))).status;

  expect(await statusOf(proofOf(session.handle, ago(LIFE + 29 * SECOND)))).toBe(200);
  expect(await statusOf(proofOf(session.handle, ago(LIFE + 31 * SECOND)))).toBe(401);
  expect(await statusOf(proofOf(other.handle, ago(0)))).toBe(401);
  expect(await statusOf(`${Date.now()}.${"A".repeat(43)}`)).toBe(401);
  expect(await statusOf(session.proof.replace(/^\d/, "2"))).toBe(401);
});

test("a proof that was made with an earlier secret counts while that secret is in use", async () => {
  const session = await bound();
  const [secret = ""] = env().SESSION_SECRET;
  try {
    env().SESSION_SECRET.unshift("a newer secret of more than thirty-two characters");
    expect((await apiWith(withProof(session, session.proof))).status).toBe(200);
    expect((await prove(session, session.key.sign(session.challenge))).status).toBe(200);
    env().SESSION_SECRET.splice(1);
    expect((await prove(session, session.key.sign(session.challenge))).status).not.toBe(200);
  } finally {
    env().SESSION_SECRET.splice(0, Number.POSITIVE_INFINITY, secret);
  }
});

test("without a signature, a browser gets a challenge, however often anybody asks", async () => {
  const session = await bound();
  for (let count = 0; count < 20; count++) expect((await patiently(() => prove(session))).status).toBe(403);
  // None of that disturbs the browser, which still has an earlier challenge.
  expect((await prove(session, session.key.sign(session.challenge))).status).toBe(200);
});

test("a challenge is good for one proof, and a later one for the next", async () => {
  const session = await bound();
  const signed = session.key.sign(session.challenge);
  const proved = await prove(session, signed);
  expect(proved.status).toBe(200);
  expect(String(proved.headers["set-cookie"])).toContain("Max-Age=600;");

  const again = await prove(session, signed);
  expect(again.status).toBe(403);
  expect((await prove(session, session.key.sign(challengeIn(again)))).status).toBe(200);
});

test("of ten refreshes at once with one challenge, one proves the session", async () => {
  const session = await bound();
  const signed = session.key.sign(session.challenge);
  const answers = await Promise.all(Array.from({ length: 10 }, () => prove(session, signed)));
  const statuses = answers.map(({ status }) => status);
  // A busy server may have been unable to say so of some.
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
  expect(statuses.filter((status) => ![200, 403, 503].includes(status))).toEqual([]);
  expect((await patiently(() => prove(session, signed))).status).toBe(403);
});

test("a challenge that is too old, or of another session, is answered with a new one", async () => {
  const [session, other] = [await bound(), await bound()];
  const provedAt = (await sessionStore().find(session.token))?.binding?.provedAt as Date;
  const old = challengeFor({ handle: session.handle, provedAt }, new Date(Date.now() - 2 * LIFE));
  for (const challenge of [old, other.challenge, "x"])
    expect((await prove(session, session.key.sign(challenge))).status).toBe(403);
});

test("a refresh with another key, or with a key in it, is refused and recorded once, without an email", async () => {
  const session = await bound();
  expect((await prove(session, softwareKey().sign(session.challenge))).status).toBe(400);
  expect((await prove(session, session.key.sign(session.challenge, { register: true }))).status).toBe(400);
  expect((await prove(session, `${unsigned(session.challenge, { alg: "none", typ: "dbsc+jwt" })}.AAAA`)).status).toBe(
    400,
  );
  expect(await linesOf(session)).toEqual([
    { event: "session_renewed", reason: "bound" },
    { event: "authn_token_reuse", reason: "wrong-key" },
  ]);
  expect(await db().mail.count({ where: { details: { path: ["userId"], equals: session.userId } } })).toBe(0);
  // The browser itself goes on.
  expect((await prove(session, session.key.sign(session.challenge))).status).toBe(200);
});

test("with the cookie of another session, or for another name, a browser forgets its binding", async () => {
  const [session, other] = [await bound(), await logIn()];
  await db()
    .$executeRaw`UPDATE sessions SET confirmed_at = now() - interval '3 min' WHERE handle = ${other.handle}::uuid`;
  for (const answer of [
    await prove(other, session.key.sign(session.challenge)),
    await prove(session, session.key.sign(session.challenge), "somebody else's"),
    await prove({ cookie: "" }, session.key.sign(session.challenge)),
  ]) {
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ continue: false });
  }
});

test("a browser that refreshes an earlier binding while the new key is on its way keeps it", async () => {
  const [earlier, session] = [await bound(), await logIn()];
  expect((await prove(session, earlier.key.sign(earlier.challenge))).status).toBe(503);
});

test("a request needs no Origin, which earlier versions of Chrome leave out, and is never redirected", async () => {
  const session = await bound();
  const headers = { cookie: session.cookie, "sec-fetch-site": "cross-site", origin: "https://elsewhere.example.com" };
  expect((await send("/session/prove", headers)).status).toBe(403);
  expect((await send("/session/prove", { cookie: session.cookie })).headers["secure-session-challenge"]).toBeDefined();
});

test("without a database the answer is 503, and the browser keeps its binding", async () => {
  const session = await bound();
  wire.swallow(true);
  try {
    const signed = session.key.sign(session.challenge);
    expect((await prove(session, signed)).status).toBe(503);
    expect((await register(session, signed)).status).toBe(503);
  } finally {
    wire.swallow(false);
  }
});

test("200 refreshes at once are each answered with 200, 403 or 503, and never with 429", async () => {
  const sessions = await Promise.all(Array.from({ length: 8 }, () => bound()));
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const session = sessions[index % 8] as (typeof sessions)[0];
      return prove(session, session.key.sign(session.challenge));
    }),
  );
  for (const { status } of answers) expect([200, 403, 503]).toContain(status);
});

test("a read is one statement, bound or not", async () => {
  const [unbound, session] = [await logIn(), await bound()];
  for (const cookie of [unbound.cookie, withProof(session, session.proof)]) {
    wire.statements.length = 0;
    expect((await apiWith(cookie)).status).toBe(200);
    expect(wire.statements.filter(({ sql }) => /sessions/.test(sql))).toHaveLength(1);
  }
});

test("a refresh is one read and one write, and writes nothing when it is refused", async () => {
  const session = await bound();
  const count = () => wire.statements.filter(({ sql }) => /\bsessions\b/.test(sql)).map(({ sql }) => kindOf(sql));

  wire.statements.length = 0;
  await prove(session);
  expect(count()).toEqual(["SELECT"]);
  wire.statements.length = 0;
  await prove(session, session.key.sign(session.challenge));
  expect(count()).toEqual(["SELECT", "UPDATE"]);
});

const kindOf = (sql: string) => /\b(SELECT|UPDATE|INSERT|DELETE)\b/.exec(sql)?.[0];

/** Uses a session's pages in its own browser, so that its proof has been seen. */
async function use(session: Session & { proof: string }): Promise<void> {
  await db()
    .$executeRaw`UPDATE sessions SET last_seen_at = now() - interval '1 min' WHERE handle = ${session.handle}::uuid`;
  expect((await apiWith(withProof(session, session.proof), "/api/verify")).status).toBe(200);
}

test("a cookie without the proof that its browser holds is a copy: refused, and reported to its owner once", async () => {
  const session = await bound();
  await use(session);
  const answers = await Promise.all(Array.from({ length: 5 }, () => patiently(() => apiWith(session.cookie))));
  expect(answers.map(({ text }) => JSON.parse(text).reason)).toEqual(Array(5).fill("unproven"));

  const copied = { event: "authn_token_reuse", reason: "copied" };
  expect((await linesOf(session)).filter(({ event }) => event === copied.event)).toEqual([copied]);
  const mails = await db().mail.findMany({ where: { details: { path: ["userId"], equals: session.userId } } });
  expect(mails.map(({ details }) => (details as { about: string }).about)).toEqual(["copied"]);
  // The owner goes on, and must enter the password again for whatever is sensitive.
  expect((await apiWith(withProof(session, session.proof))).status).toBe(200);
  const found = await sessionStore().find(session.token);
  expect(found && found.session.confirmedUntil <= found.now).toBe(true);
});

test("a copied cookie ends the session of an administrator", async () => {
  const session = await bound("admin");
  await use(session);
  expect(JSON.parse((await apiWith(session.cookie)).text).reason).toBe("replayed");
  expect(JSON.parse((await apiWith(withProof(session, session.proof))).text).reason).toBe("replayed");
});

test("a missing proof is no theft before the browser has shown it, or once it has run out", async () => {
  const [unseen, late] = [await bound(), await bound()];
  expect((await apiWith(unseen.cookie)).status).toBe(401);
  await use(late);
  await ageProof(late, LIFE);
  expect((await apiWith(late.cookie)).status).toBe(401);
  for (const session of [unseen, late])
    expect((await linesOf(session)).filter(({ event }) => event === "authn_token_reuse")).toEqual([]);
});

const DOCUMENT = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", accept: "text/html" };

test("an arrival from another site is led on to the same address, and its old proof is removed", async () => {
  const { cookie } = await bound();
  const arrival = { ...DOCUMENT, cookie, "sec-fetch-site": "cross-site" };
  const answer = await send("//dashboard?a=1", arrival, "GET");
  expect(answer.status).toBe(200);
  expect(answer.headers.refresh).toBe("0; url=https://login.example.com//dashboard?a=1");
  expect(String(answer.headers["set-cookie"])).toContain(`${proofCookieName()}=; Max-Age=0`);
  // From our own page the browser would have refreshed.
  const own = await send("/dashboard", { ...arrival, "sec-fetch-site": "same-origin" }, "GET");
  expect(own.headers.refresh).toBeUndefined();
});

test("an arrival from another site is no theft, even while the browser should hold a proof, and what follows is one", async () => {
  const session = await bound();
  await use(session);
  const copies = async () => (await linesOf(session)).filter(({ reason }) => reason === "copied").length;
  const arrival = { ...DOCUMENT, cookie: session.cookie, "sec-fetch-site": "cross-site" };
  expect((await send("/dashboard", arrival, "GET")).headers.refresh).toBeDefined();
  expect(await copies()).toBe(0);
  await apiWith(session.cookie);
  expect(await copies()).toBe(1);
});

test("an arrival with a fresh proof, or in an unbound session, is not held up", async () => {
  const [session, unbound] = [await bound(), await logIn()];
  for (const cookie of [withProof(session, session.proof), unbound.cookie]) {
    const answer = await send("/dashboard", { ...DOCUMENT, cookie, "sec-fetch-site": "cross-site" }, "GET");
    expect(answer.text).toBe("a page");
  }
});

test("with DEVICE_BINDING=off nothing is asked, and browsers forget their bindings", async () => {
  const session = await bound();
  env().DEVICE_BINDING = "off";
  try {
    expect((await apiWith(session.cookie)).status).toBe(200);
    expect(JSON.parse((await prove(session)).text)).toMatchObject({ continue: false });
  } finally {
    env().DEVICE_BINDING = "prefer";
  }
});

/** A user with an authenticator app whose bound browser is not asked for its code. */
async function trusted(): Promise<Session & { proof: string; challenge: string; device: string; jar: string }> {
  const session = await logIn();
  const device = newToken();
  await db().$executeRaw`
    INSERT INTO totp (user_id, secret, confirmed_at) VALUES (${session.userId}::uuid, ${randomUUID()}, now())`;
  await rememberBrowser(db(), session.userId, device);
  await trustBrowser(db(), session.userId, device, "Test");
  const jar = `${deviceCookieName()}=${await sealDevice(device)}`;
  const cookie = `${session.cookie}; ${jar}`;
  const signed = session.key.sign(bindChallenge(session.token, Date.now()), { register: true });
  const registered = await patiently(() => register({ cookie }, signed));
  return { ...session, ...(await proven({ ...session, cookie }, challengeIn(registered))), device, jar };
}

/** Whether a log-in with the right password and these cookies needs the second step. */
function needsCode({ userId, device }: { userId: string; device: string }, proof: string | null): Promise<boolean> {
  return withRequestContext({ proof } as RequestContext, () => needsSecondStep(userId, device));
}

const logOut = ({ token }: Session) =>
  transaction((tx) =>
    sessionStore().end(tx, { tokenHash: hashToken(token) }, "logged-out", { userAgent: null, ipAddress: null }),
  );

test("a trusted browser that can sign needs a proof of its key: a copy of its cookies is asked for the code", async () => {
  const session = await trusted();
  await logOut(session);
  expect(await needsCode(session, null)).toBe(true);
  expect(await needsCode(session, session.proof)).toBe(true);

  const challenged = await prove({ cookie: session.jar }, session.key.sign(session.challenge));
  expect(challenged.status).toBe(403);
  const signed = session.key.sign(challengeIn(challenged));
  const proved = await prove({ cookie: session.jar }, signed);
  expect(proved.status).toBe(200);
  expect(JSON.parse(proved.text)).toMatchObject({ session_identifier: bindingName() });
  expect(await needsCode(session, proofIn(proved))).toBe(false);
  // Once each.
  expect((await prove({ cookie: session.jar }, signed)).status).toBe(403);
  const row = await db().knownBrowser.findFirst({ where: { userId: session.userId }, select: { handle: true } });
  const late = proofOf(String(row?.handle), new Date(Date.now() - LIFE - 31 * SECOND));
  expect(await needsCode(session, late)).toBe(true);
});

test("without the key, or once it is not trusted, a browser proves nothing and forgets its binding", async () => {
  const [session, other] = [await trusted(), await trusted()];
  for (const each of [session, other]) await logOut(each);
  const { challenge } = { challenge: challengeIn(await prove({ cookie: session.jar })) };
  for (const signed of [
    other.key.sign(challenge),
    session.key.sign(challenge, { register: true }),
    unsigned(challenge, { alg: "none", typ: "dbsc+jwt" }),
  ])
    expect(JSON.parse((await prove({ cookie: session.jar }, signed)).text)).toMatchObject({ continue: false });

  await transaction((tx) => distrustBrowsers(tx, session.userId));
  expect(JSON.parse((await prove({ cookie: session.jar })).text)).toMatchObject({ continue: false });
  expect(await needsCode(session, proofIn(await prove({ cookie: other.jar })))).toBe(true);
});

test("a trusted browser that cannot sign is not asked for the code", async () => {
  const { userId } = await logIn();
  const device = newToken();
  await rememberBrowser(db(), userId, device);
  await trustBrowser(db(), userId, device, "Test");
  await db()
    .$executeRaw`INSERT INTO totp (user_id, secret, confirmed_at) VALUES (${userId}::uuid, ${randomUUID()}, now())`;
  expect(await needsCode({ userId, device }, null)).toBe(false);
});

type Live = (session: Session) => Promise<{ proof: string | null; challenge: string }>;

const registered: Live = async (session) => {
  const signed = session.key.sign(bindChallenge(session.token, Date.now()), { register: true });
  const answer = await register(session, signed);
  return { proof: proofIn(answer), challenge: challengeIn(answer) };
};

const refreshed: Live = async (session) => {
  const { challenge } = await registered(session);
  const answer = await prove(session, session.key.sign(challenge));
  return { proof: proofIn(answer), challenge: challengeIn(answer) };
};

const refreshedOften: Live = async (session) => {
  let { proof, challenge } = await refreshed(session);
  for (let count = 1; count < 10; count++) {
    const answer = await prove(session, session.key.sign(challenge));
    [proof, challenge] = [proofIn(answer), challengeIn(answer)];
  }
  return { proof, challenge };
};

/** The moments at which a thief copies all cookies, and what the browser has done until then. */
const MOMENTS: Record<string, Live> = {
  "right after the log-in": async () => ({ proof: null, challenge: "" }),
  "after the registration": registered,
  "after the first refresh": refreshed,
  "after the tenth refresh": refreshedOften,
};

test.each(Object.entries(MOMENTS))(
  "all cookies, copied %s, are refused later and the owner hears of it",
  async (_when, live) => {
    const session = await logIn();
    const copied = await live(session);
    const jar = (proof: string | null) => (proof ? withProof(session, proof) : session.cookie);
    expect((await apiWith(jar(copied.proof))).status).toBe(200);

    // The browser goes on: it registers if it has not yet, and refreshes.
    let challenge = copied.challenge;
    if (!challenge) ({ challenge } = await registered(session));
    const proved = await prove(session, session.key.sign(challenge));
    await use({ ...session, proof: String(proofIn(proved)) });

    // The copied proof has run out meanwhile.
    const late = copied.proof && proofOf(session.handle, new Date(Date.now() - LIFE - 31 * SECOND));
    expect(JSON.parse((await apiWith(jar(late))).text).reason).toBe("unproven");
    expect((await linesOf(session)).filter(({ event }) => event === "authn_token_reuse")).toHaveLength(1);
    expect((await apiWith(withProof(session, String(proofIn(proved))))).status).toBe(200);
  },
);

testInOneZone(
  "in 1,000 requests with lost answers and failed refreshes, no browser is taken for a thief",
  async () => {
    const sessions = await Promise.all(Array.from({ length: 10 }, () => bound()));
    await Promise.all(
      sessions.map(async (session, number) => {
        let { proof, challenge } = session;
        for (let turn = 0; turn < 100; turn++) {
          if (turn % 4 !== number % 4) {
            const answer = await patiently(() => apiWith(withProof(session, proof), "/api/verify"));
            expect(answer.status).toBe(200);
            continue;
          }
          const answer = await prove(session, session.key.sign(challenge));
          // Every tenth answer is lost: the browser keeps what it had, and gets a new challenge when it asks again.
          if ((turn + number) % 10 === 0 || answer.status === 503) continue;
          challenge = challengeIn(answer) || challenge;
          proof = proofIn(answer) ?? proof;
        }
      }),
    );
    for (const session of sessions)
      expect((await linesOf(session)).filter(({ event }) => event === "authn_token_reuse")).toEqual([]);
  },
  60_000,
);
