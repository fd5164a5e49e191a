import { randomUUID } from "node:crypto";
import { expect, sessionCookie, test } from "@/e2e/support/fixtures";
import { db } from "@/lib/db";
import { HOUR, MINUTE } from "@/lib/env";
import { cookieName } from "@/testing/cookie-name";
import { startServer, type TestServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";
import { isByItself } from "@/testing/statements";
import { type Wire, wireTo } from "@/testing/wire";

// The statements that a request costs the database, counted on the wire to it.

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

let wire: Wire;
let server: TestServer;

test.beforeAll(async () => {
  wire = await wireTo(String(process.env.DATABASE_URL));
  server = await startServer({ DATABASE_URL: wire.url });
});

test.afterAll(async () => {
  await server.stop();
  wire.close();
});

/** The statements about sessions that a second run of `work` causes. The first run fills the caches. */
async function during(work: () => Promise<unknown>) {
  await work();
  wire.statements.length = 0;
  await work();
  return wire.statements.filter((statement) => /\bsessions\b/.test(statement.sql) && !isByItself(statement));
}

async function ask(path: string, cookie: string) {
  const answer = await fetch(server.url + path, {
    headers: { Cookie: `${cookieName(server.url)}=${cookie}` },
    redirect: "manual",
  });
  await answer.text();
  return answer.status;
}

test("a request with a session costs one read, by a prepared statement", async ({ page, logIn }) => {
  await logIn(page);
  const cookie = (await sessionCookie(page))?.value ?? "";

  for (const path of ["/api/session", "/account"]) {
    const statements = await during(async () => expect(await ask(path, cookie)).toBe(200));
    expect(
      statements.map(({ name }) => name),
      path,
    ).toEqual(["find_sessions"]);
  }
});

test("concurrent requests share their reads", async ({ page, logIn }) => {
  await logIn(page);
  const cookie = (await sessionCookie(page))?.value ?? "";
  const statements = await during(async () => {
    const answers = await Promise.all(Array.from({ length: 64 }, () => ask("/api/session", cookie)));
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  expect(statements.length).toBeLessThan(64);
});

test("the dashboard looks up its session once, however many of its parts need it", async ({ page, logIn }) => {
  await logIn(page);
  const cookie = (await sessionCookie(page))?.value ?? "";
  const statements = await during(async () => expect(await ask("/dashboard", cookie)).toBe(200));

  expect(statements).toHaveLength(1);
});

test("the dashboard is one statement to the database, which is prepared", async ({ page, user, logIn }) => {
  await logIn(page);
  // So that there is something to read: an earlier session whose end is among the latest activity, and a second factor.
  const handle = randomUUID();
  const line = { userId: user.id, byUserId: user.id, sessionHandle: handle };
  await db().ledgerLine.createMany({
    data: [
      { ...line, event: "authn_login_success", userAgent: FIREFOX },
      { ...line, event: "session_expired", reason: "revoked" },
    ],
  });
  await db().totp.create({ data: { userId: user.id, secret: Buffer.from("secret"), confirmedAt: new Date() } });
  const cookie = (await sessionCookie(page))?.value ?? "";

  let text = "";
  await expect(async () => {
    wire.trips.length = 0;
    const answer = await fetch(`${server.url}/dashboard`, {
      headers: { Cookie: `${cookieName(server.url)}=${cookie}` },
    });
    text = await answer.text();
    const trips = wire.trips.filter((trip) => !trip.every(isByItself));
    expect(trips.map((trip) => trip.map(({ name }) => name))).toEqual([["find_sessions_with_overview"]]);
  }).toPass();
  expect(text.includes("Logged out Firefox on Windows")).toBe(true);
});

test("a request without a session runs no session query", async () => {
  expect(await during(async () => expect(await ask("/dashboard", "junk")).toBe(307))).toEqual([]);
  expect(await during(async () => expect(await ask("/api/session", "junk")).toBe(401))).toEqual([]);
});

test("use is recorded at most once per interval, without waiting for the disk", async ({ page, user, logIn }) => {
  await logIn(page);
  const cookie = (await sessionCookie(page))?.value ?? "";
  await ageSessions({ userId: user.id }, { created: HOUR, seen: 10 * MINUTE });
  wire.statements.length = 0;
  for (let time = 0; time < 5; time++) expect(await ask("/account", cookie)).toBe(200);

  const writes = wire.statements.filter(({ sql }) => /UPDATE sessions/.test(sql));
  expect(writes).toHaveLength(1);
  expect(writes[0]?.sql).toContain("'synchronous_commit', 'off'");
});
