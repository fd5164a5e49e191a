/** @module-tag time */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request as ask, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { env, HOUR, MINUTE, SECOND } from "@/lib/env";
import { cookieName, rotationCookieName, seal } from "@/lib/session/cookie";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import { rotationCookieValue } from "@/lib/session/rotation/cookie";
import { SETTLING } from "@/lib/session/rotation/rule";
import { sessionStore } from "@/lib/session/store";
import { createUser } from "@/lib/users/store";
import { cookieHeader, takeCookies } from "@/testing/cookie-jar";
import { testInOneZone } from "@/testing/in-one-zone";
import { describeStores } from "@/testing/stores";
import { type Front, startFront, type Told } from "./front.fixture";

// Sessions that are not bound, over HTTP: a browser that keeps its cookies as browsers do, and thieves with a copy.

Object.assign(process.env, { APP_URL: "https://login.example.com", LOG_LEVEL: "silent", TRUSTED_PROXIES: "127.0.0.1" });

const EVERY = 15 * MINUTE;

let front: Front;

beforeAll(async () => {
  front = await startFront();
});
afterAll(() => front.close());

/** A client with cookies. */
class Browser {
  readonly jar = new Map<string, string>();

  constructor(
    private readonly address: string,
    jar: Iterable<[string, string]> = [],
  ) {
    this.jar = new Map(jar);
  }

  get generation(): string | undefined {
    return this.jar.get(rotationCookieName());
  }

  get cookie(): string {
    return cookieHeader(this.jar);
  }

  /** Requests a page, or something else. If `isLost`, the server answers, and the browser never hears of it. */
  async get(
    path = "/dashboard",
    { headers = {}, isLost = false }: { headers?: Record<string, string>; isLost?: boolean } = {},
  ): Promise<Told> {
    const its = { cookie: this.cookie, "user-agent": "Browser", "x-forwarded-for": this.address };
    const answer = await front.send(path, { ...its, ...headers });
    if (!isLost) takeCookies(this.jar, answer);
    return answer;
  }

  /** All its cookies, elsewhere. */
  stolen(): Browser {
    return new Browser("198.51.100.66", this.jar);
  }
}

/** The head of a browser's event stream, which is closed again. */
async function fetchStream({ cookie }: Browser): Promise<{ headers: IncomingHttpHeaders }> {
  const asked = ask({
    port: front.port,
    host: "127.0.0.1",
    path: "/api/events",
    headers: { cookie },
    agent: false,
  }).end();
  const [answer] = await once(asked, "response");
  expect(answer.statusCode).toBe(200);
  asked.destroy();
  return answer;
}

const PREFETCH = { "next-router-prefetch": "1", rsc: "1" };

await describeStores("rotating cookies", ({ name, store, age }) => {
  beforeEach(() => {
    env().SESSION_STORE = name;
    env().TOKEN_ROTATION = EVERY;
  });
  afterAll(() => {
    env().SESSION_STORE = "postgres";
  });

  type Session = { userId: string; token: string; handle: string; email: string; browser: Browser };

  async function logIn(): Promise<Session> {
    const email = `${randomUUID()}@example.com`;
    const { id: userId } = await createUser({ email, name: "Ada", passwordHash: "none", role: "user" });
    const client = { userAgent: "Browser", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };
    const { token, handle } = await transaction((tx) => store.create(tx, { id: userId }, client));
    const browser = new Browser("192.0.2.7", [[cookieName(), await seal(token)]]);
    return { userId, token, handle, email, browser };
  }

  /** Lets time pass for the session's cookie. */
  async function pass({ token }: Session, milliseconds: number): Promise<void> {
    const found = await store.find(token);
    if (!found) throw new Error("The session has ended");
    const since = found.rotation?.since ?? found.session.confirmedAt.getTime();
    await age({ token }, { rotated: found.now.getTime() - since + milliseconds });
  }

  /** Lets the browser get its next cookie and use it until no earlier one counts. */
  async function rotate(session: Session): Promise<void> {
    await pass(session, EVERY);
    await session.browser.get();
    await session.browser.get();
    await pass(session, SETTLING);
    await session.browser.get();
  }

  const linesOf = async ({ userId }: Session) =>
    (
      await db().ledgerLine.findMany({
        where: { userId, event: { in: ["authn_token_reuse", "session_expired"] } },
        select: { event: true, reason: true, byUserId: true },
        orderBy: { event: "asc" },
      })
    ).map(({ event, reason, byUserId }) => [event, reason, byUserId]);

  const mailsOf = ({ email }: Session) =>
    db().mail.findMany({ where: { recipient: email }, select: { kind: true, details: true } });

  test("a page brings the next cookie after `TOKEN_ROTATION`, beside the session cookie, which stays as it is", async () => {
    const session = await logIn();
    const { browser } = session;
    expect((await browser.get()).headers["set-cookie"]).toBeUndefined();
    await pass(session, EVERY);
    const { headers } = await browser.get();
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        /^__Host-session-rotation=1\.[\w-]{11}\.[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
    expect((await browser.get()).text).toBe("valid");
  });

  test("parallel requests, and retries after lost answers, get the same cookie, and nothing is written for them", async () => {
    const session = await logIn();
    await pass(session, EVERY);
    const { rotation, session: before } = (await store.find(session.token)) ?? {};
    const cookies = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, index) => (await session.browser.get("/sessions", { isLost: index < 4 })).headers,
      ),
    );
    expect(new Set(cookies.map((headers) => String(headers["set-cookie"]))).size).toBe(1);
    const after = await store.find(session.token);
    expect(after).toMatchObject({ rotation, session: { lastSeenAt: before?.lastSeenAt } });
  });

  test("prefetches, forward authentication and streams bring no cookie, and questions of open pages do", async () => {
    const session = await logIn();
    await pass(session, EVERY);
    for (const [path, headers] of [
      ["/sessions", PREFETCH],
      ["/sessions", { "sec-purpose": "prefetch" }],
      ["/api/verify", {}],
    ] as const) {
      const answer = await session.browser.get(path, { headers });
      expect([path, answer.status, answer.headers["set-cookie"]]).toEqual([path, 200, undefined]);
    }
    const { headers } = await fetchStream(session.browser);
    expect(headers["set-cookie"]).toBeUndefined();
    await session.browser.get("/api/session");
    expect(session.browser.generation).toMatch(/^1\./);
    expect((await store.find(session.token))?.rotation).toBeNull();
  });

  test("the earlier cookie counts until the next one was used for a minute, and is worthless after that", async () => {
    const session = await logIn();
    const thief = session.browser.stolen();
    await pass(session, EVERY);
    await session.browser.get();
    await session.browser.get();
    expect((await thief.get("/api/session")).status).toBe(200);
    await pass(session, SETTLING);
    expect((await session.browser.get()).text).toBe("valid");
    expect(JSON.parse((await thief.get("/api/session")).text).reason).toBe("replayed");
  });

  test("a copy that is used after its owner went on logs both out, and the owner hears of it once", async () => {
    const session = await logIn();
    const thief = session.browser.stolen();
    await rotate(session);

    const answers = await Promise.all(Array.from({ length: 5 }, () => thief.get()));
    for (const { text } of answers) expect(text).toBe("replayed");
    expect((await session.browser.get()).text).toBe("replayed");
    expect(await linesOf(session)).toEqual([
      ["authn_token_reuse", "replayed", null],
      ["session_expired", "replayed", null],
    ]);
    expect(await mailsOf(session)).toMatchObject([
      { kind: "incident", details: { about: "replayed", handle: session.handle, ipAddress: "198.51.100.66" } },
    ]);
  });

  test("a request that arrives minutes late from the browser with the newest cookie is asked to come again, and logs nobody out", async () => {
    const session = await logIn();
    const late = new Browser("192.0.2.7", session.browser.jar);
    await rotate(session);
    expect((await late.get()).text).toBe("unavailable");
    expect((await late.get("/api/session")).status).toBe(503);
    expect((await session.browser.get()).text).toBe("valid");
    expect(await mailsOf(session)).toEqual([]);

    await pass(session, 5 * MINUTE);
    expect((await late.get()).text).toBe("replayed");
  });

  test("an owner who comes back after a thief went on logs both out", async () => {
    const session = await logIn();
    const thief = session.browser.stolen();
    await rotate({ ...session, browser: thief });
    expect((await session.browser.get()).text).toBe("replayed");
    expect((await thief.get()).text).toBe("replayed");
    expect(await mailsOf(session)).toHaveLength(1);
  });

  test("a thief who uses every cookie as soon as the owner is noticed at the first rotation", async () => {
    const session = await logIn();
    const thief = session.browser.stolen();
    await pass(session, EVERY);
    for (const one of [session.browser, thief, session.browser, thief]) expect((await one.get()).text).toBe("valid");
    expect(thief.generation).not.toBe(session.browser.generation);
    await pass(session, SETTLING);
    expect((await session.browser.get()).text).toBe("valid");
    expect((await thief.get()).text).toBe("replayed");
  });

  test("a thief who comes only in the first minute of each generation is noticed at the second one", async () => {
    const session = await logIn();
    const thief = session.browser.stolen();
    const begin = async () => {
      await pass(session, EVERY);
      for (let count = 0; count < 2; count++) expect((await session.browser.get()).text).toBe("valid");
    };
    await begin();
    expect((await thief.get()).text).toBe("valid");
    await pass(session, SETTLING);
    expect((await session.browser.get()).text).toBe("valid");
    await begin();
    expect((await thief.get()).text).toBe("replayed");
  });

  test("the session cookie alone is outdated once the session has rotated twice", async () => {
    const session = await logIn();
    await rotate(session);
    await rotate(session);
    expect((await new Browser("192.0.2.7", [[cookieName(), await seal(session.token)]]).get()).text).toBe("replayed");
  });

  test("a forged generation, or one of another session, is none", async () => {
    const [session, other] = [await logIn(), await logIn()];
    const client = { ipAddress: "192.0.2.7", userAgent: "Browser" };
    await rotate(session);
    const [number, of, mac] = String(session.browser.generation).split(".");
    for (const value of [
      rotationCookieValue(other.token, 1, client),
      `2.${of}.${mac}`,
      `${number}.${of}.${"A".repeat(43)}`,
    ]) {
      const one = await logIn();
      one.browser.jar.set(rotationCookieName(), value);
      expect((await one.browser.get()).text).toBe("valid");
      expect((await store.find(one.token))?.rotation).toBeNull();
    }
  });

  test("an answer that arrives after the session has ended or got a new token brings nothing back", async () => {
    const session = await logIn();
    await pass(session, EVERY);
    const late = await session.browser.get("/dashboard", { isLost: true });
    const renewed = String(await transaction((tx) => store.renew(tx, session.token)));
    const cookies: [string, string][] = [
      [cookieName(), await seal(renewed)],
      [rotationCookieName(), String(/=([^;]+)/.exec(String(late.headers["set-cookie"]))?.[1])],
    ];
    const browser = new Browser("192.0.2.7", cookies);
    expect((await browser.get()).text).toBe("valid");
    expect((await store.find(renewed))?.rotation).toBeNull();

    // After a log-out only this cookie is left, and it is cleaned up once.
    const left = new Browser("192.0.2.7", cookies.slice(1));
    expect((await left.get()).text).toBe("signed-out");
    expect(left.jar.size).toBe(0);
  });

  test("a bound session does not rotate, nor does any with TOKEN_ROTATION=0", async () => {
    const [bound, unbound] = [await logIn(), await logIn()];
    const key: ProofKey = { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) };
    await store.prove(db(), bound.handle, (await store.bind(bound.handle, key)) as Date);
    await pass(bound, EVERY);
    expect((await bound.browser.get()).headers["set-cookie"]).toBeUndefined();

    const thief = unbound.browser.stolen();
    await rotate(unbound);
    env().TOKEN_ROTATION = 0;
    expect((await thief.get()).text).toBe("valid");
    expect((await unbound.browser.get()).text).toBe("valid");
  });

  testInOneZone(
    "in 300 requests with parallel tabs, lost answers and crashes, no browser is taken for a thief",
    async () => {
      const sessions = await Promise.all(Array.from({ length: 8 }, () => logIn()));
      let requests = 0;
      await Promise.all(
        sessions.map(async (session, number) => {
          const { browser } = session;
          for (let round = 0; round < 12; round++) {
            const onDisk = new Map(browser.jar);
            const tabs = 1 + ((round * 7 + number) % 6);
            const answers = await Promise.all(
              Array.from({ length: tabs }, (_, tab) =>
                browser.get(tab % 3 === 2 ? "/api/session" : "/sessions", {
                  isLost: (requests + tab) % 10 === 0,
                  headers: tab % 5 === 4 ? PREFETCH : {},
                }),
              ),
            );
            requests += tabs;
            expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
            expect(answers.map(({ text }) => text)).not.toContain("replayed");
            // It crashes before the new cookie is on the disk.
            if ((round + number) % 4 === 0) for (const [name, value] of onDisk) browser.jar.set(name, value);
            if ((round + number) % 4 === 0 && !onDisk.has(rotationCookieName()))
              browser.jar.delete(rotationCookieName());
            await pass(session, [5 * SECOND, SETTLING, EVERY, 3 * HOUR][(round * 3 + number) % 4] as number);
          }
        }),
      );
      expect(requests).toBeGreaterThan(300);
      for (const session of sessions) expect(await linesOf(session)).toEqual([]);
      const generations = await Promise.all(
        sessions.map(async ({ token }) => (await store.find(token))?.rotation?.generation ?? 0),
      );
      expect(Math.min(...generations)).toBeGreaterThan(0);
    },
  );

  test("a session that ends while its cookie rotates stays ended", async () => {
    const session = await logIn();
    await pass(session, EVERY);
    await session.browser.get();
    const target = { userId: session.userId, handles: [session.handle] };
    const by = { userAgent: null, ipAddress: null };
    await Promise.all([
      ...Array.from({ length: 6 }, () => session.browser.get()),
      transaction((tx) => store.end(tx, target, "logged-out", by)),
    ]);
    expect((await session.browser.get()).text).toBe("logged-out");
    expect(await sessionStore().find(session.token)).toBeNull();
  });
});
