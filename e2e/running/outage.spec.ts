import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright/test";
import { type Postgres, startPostgres } from "@/cli/postgres";
import { expect, sessionCookie, submitLogin, test } from "@/e2e/support/fixtures";
import { startLoad } from "@/e2e/support/load";
import { Connection } from "@/lib/connection";
import { hashPassword } from "@/lib/password/hash";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import { withConnection } from "@/testing/copy-database";
import { createDatabase } from "@/testing/databases";
import { postAction } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";
import { wireTo } from "@/testing/wire";

const FOLDER = ".test/outage";
const USER = { email: "ada@example.com", password: "correct horse battery staple" };

/** Terminates all connections to the database except the one that runs it. */
const CUT = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid()`;

// These tests have their own database and server, because the other tests need theirs running.
test.describe.configure({ mode: "serial" });
test.describe("with a real database that is stopped and started", () => {
  let postgres: Postgres;
  let server: TestServer;
  let database: string;

  test.beforeAll(async () => {
    postgres = await startPostgres(FOLDER);
    database = await createDatabase(postgres.url, "outage");
    await createAda();
    server = await startServer({ DATABASE_URL: database });
  });

  test.afterAll(async () => {
    await server.stop();
    await postgres.stop();
  });

  test("an outage causes a 503, not a logout: the session continues when the database is back", async ({ page }) => {
    await logIn(page);
    const cookie = await sessionCookie(page, server.url);
    await postgres.stop();

    const answer = await page.goto(`${server.url}/dashboard`);
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()["retry-after"]).toBe("5");
    expect(answer?.headers()).not.toHaveProperty("set-cookie");
    await expect(page.getByText("you still are")).toBeVisible();

    const api = await page.request.get(`${server.url}/api/session`);
    expect(api.status()).toBe(503);
    expect(api.headers()["content-type"]).toBe("application/problem+json");
    expect(api.headers()["retry-after"]).toBe("5");
    expect(await sessionCookie(page, server.url)).toEqual(cookie);

    postgres = await startPostgres(FOLDER);
    // The page reloads itself.
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
    expect(await sessionCookie(page, server.url)).toEqual(cookie);
  });

  test("an outage after the session was found causes a 503, too, not half a page", async ({ page }) => {
    await logIn(page);
    const locking = new Connection(database);
    await locking.connect();
    await locking.query("BEGIN; LOCK TABLE ledger");

    const answer = await page.goto(`${server.url}/dashboard`);
    expect(answer?.status()).toBe(503);
    await expect(page.getByText("you still are")).toBeVisible();

    await locking.end();
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
  });

  test("concurrent requests during an outage all get a 503, and none loses its cookie", async ({ page }) => {
    await logIn(page);
    await postgres.stop();
    const cookie = `${cookieName(server.url)}=${(await sessionCookie(page, server.url))?.value}`;
    const paths = Array.from({ length: 12 }, (_, index) => (index % 2 ? "/dashboard" : "/api/session"));
    const answers = await Promise.all(paths.map((path) => fetch(server.url + path, { headers: { cookie } })));

    expect(answers.map(({ status, headers }) => [status, headers.get("set-cookie")])).toEqual(
      paths.map(() => [503, null]),
    );

    // A page that reloads itself would lose the form's content.
    const sent = { method: "POST", headers: { cookie, Origin: server.url }, body: new URLSearchParams({ a: "b" }) };
    const form = await fetch(`${server.url}/dashboard`, sent);
    expect(form.status).toBe(503);
    expect(await form.text()).toMatch(/^(?!.*http-equiv="refresh").*to send what you typed again/s);

    // These lead back to a page, which says itself that there is an outage.
    const chosen = { "/language": { locale: "ko", back: "/login" }, "/time-zone": { "time-zone": "Asia/Seoul" } };
    for (const [path, fields] of Object.entries(chosen)) {
      const body = new URLSearchParams(fields);
      const chose = await fetch(server.url + path, { ...sent, body, redirect: "manual" });
      expect([path, chose.status, chose.headers.get("retry-after")]).toEqual([path, 303, null]);
    }
    postgres = await startPostgres(FOLDER);
  });

  test("a log-in during an outage says so, and the form keeps the email", async ({ page }) => {
    await page.goto(`${server.url}/login`);
    await postgres.stop();
    const posted = page.waitForResponse((response) => response.request().method() === "POST");
    await submitLogin(page, USER);

    expect((await posted).status()).toBe(503);
    await expect(page.getByRole("alert").filter({ hasText: "We can't reach the database" })).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue(USER.email);

    postgres = await startPostgres(FOLDER);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
  });

  test("a logout during an outage says what is still to do, and the server finishes it when the database is back", async ({
    page,
  }) => {
    await logIn(page);
    const copied = await sessionCookie(page, server.url);
    const { session } = await (await page.request.get(`${server.url}/api/session`)).json();
    await postgres.stop();

    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    const answer = await answered;
    expect(answer.status()).toBe(503);
    expect((await answer.allHeaders())["clear-site-data"]).toBe('"cache", "storage"');
    await expect(page.getByRole("heading", { name: "You've logged out of this browser" })).toBeVisible();
    const until = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
    await expect(
      page.getByText(`it works until ${until.format(new Date(session.totalAt))} at the latest`),
    ).toBeVisible();
    expect(await sessionCookie(page, server.url)).toBeNull();

    // A second try gets the same response, and the log-out and log-in pages say the same.
    const again = await page.request.post(`${server.url}/logout/end`, { headers: { Origin: server.url } });
    expect(again.status()).toBe(503);
    await page.goto(`${server.url}/logout`);
    await expect(page.getByText("we couldn't reach the server. If someone has copied your cookie")).toBeVisible();
    await page.goto(`${server.url}/login`);
    await expect(page.getByText("we couldn't reach the server. If someone has copied your cookie")).toBeVisible();

    postgres = await startPostgres(FOLDER);
    // The server process that tried finishes the logout, without another request from this browser.
    await expect.poll(() => countSessions(session.handle)).toBe(0);
    await page.reload();
    await expect(page.getByText("The server has finished logging you out, too.")).toBeVisible();
    await page.reload();
    await expect(page.getByText("The server has finished logging you out")).toHaveCount(0);
    expect((await page.context().cookies()).filter(({ name }) => name.startsWith("session"))).toEqual([]);

    const thief = { Cookie: `${cookieName(server.url)}=${copied?.value}` };
    expect((await page.request.get(`${server.url}/api/session`, { headers: thief })).status()).toBe(401);
  });

  test("a logout during an outage is finished by the browser's next request if the server was restarted", async ({
    page,
  }) => {
    await logIn(page);
    const { session } = await (await page.request.get(`${server.url}/api/session`)).json();
    await postgres.stop();
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await expect(page.getByRole("heading", { name: "You've logged out of this browser" })).toBeVisible();

    await server.stop();
    postgres = await startPostgres(FOLDER);
    const { port } = new URL(server.url);
    server = await startServer({ DATABASE_URL: database, PORT: port });
    expect(await countSessions(session.handle)).toBe(1);

    await page.goto(`${server.url}/`);
    expect(await countSessions(session.handle)).toBe(0);
    expect((await page.context().cookies()).filter(({ name }) => name.startsWith("session"))).toEqual([]);
  });

  test("cut connections and a Postgres restart under load cause only 503s, and log nobody out", async () => {
    const mine = { Cookie: cookiesOf(await post("login", Object.entries(USER))) };
    const get = (path: string) => fetch(server.url + path, { headers: mine, redirect: "manual" });
    const before = await (await get("/api/session")).json();
    const load = startLoad(server.url, {
      page: { right: 200, send: () => get("/dashboard") },
      software: { right: 200, send: () => get("/api/session") },
      file: { right: 200, send: () => get("/activity/export") },
      "own data": { right: 200, send: () => get("/account/export") },
      "log-in": { right: 200, send: () => post("login", Object.entries(USER)), startsSession: true },
      act: { right: 200, send: () => post("revokeOthers", [], mine) },
    });

    let isEnough = false;
    const enough = load.until({ right: 5, outages: 5 }).then(() => {
      isEnough = true;
    });
    while (!isEnough) {
      await query(CUT, []);
      // Long enough for an uninterrupted log-in to finish.
      await Promise.race([enough, pause(400)]);
    }
    await postgres.stop();
    await load.until({ outages: 3 });
    postgres = await startPostgres(FOLDER);
    await load.until({ right: 3 });

    expect(await load.stop()).toEqual([]);
    const { session } = await (await get("/api/session")).json();
    expect(session.handle).toBe(before.session.handle);
    expect((await post("revokeOthers", [], mine)).status).toBe(200);
    expect(await query("SELECT handle FROM sessions", [])).toEqual([{ handle: session.handle }]);
  });

  async function logIn(page: Page): Promise<void> {
    await page.goto(`${server.url}/login`);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
  }

  /** Posts these fields as the client-side code of a form does. */
  function post(name: string, fields: [string, string][], as?: Record<string, string>): Promise<Response> {
    return postAction({ name, path: name === "login" ? "/login" : "/sessions", fields, base: server.url, as });
  }

  async function countSessions(handle: string): Promise<number> {
    return (await query("SELECT 1 FROM sessions WHERE handle = $1", [handle])).length;
  }

  async function createAda(): Promise<void> {
    const values = [randomUUID(), USER.email, await hashPassword(USER.password)];
    await query("INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Ada', $3)", values);
  }

  async function query(text: string, values: unknown[]): Promise<unknown[]> {
    const client = new Connection(database);
    await client.connect();
    const { rows } = await client.query(text, values);
    await client.end();
    return rows;
  }
});

/** The cookies that a response sets, as a `Cookie` header. */
function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

test("a hanging database causes a 503 within three seconds", async ({ request }) => {
  const wire = await wireTo(String(process.env.DATABASE_URL));
  const server = await startServer({ DATABASE_URL: wire.url });
  const headers = { Cookie: `${cookieName(server.url)}=${await seal(newToken())}` };
  expect((await request.get(`${server.url}/api/session`, { headers })).status()).toBe(401);

  const waits: number[] = [];
  // A busy machine can delay any response, but not the fastest of several.
  while (waits.length < 3 && Math.min(...waits) > 3000) {
    wire.swallow(true);
    const asked = performance.now();
    expect((await request.get(`${server.url}/api/session`, { headers })).status()).toBe(503);
    waits.push(performance.now() - asked);

    wire.swallow(false);
    await expect.poll(async () => (await request.get(`${server.url}/api/session`, { headers })).status()).toBe(401);
  }
  expect(Math.min(...waits)).toBeLessThan(3000);
  await server.stop();
  wire.close();
});

test("a running server refuses a restored database, and logs nobody out until the operator decides", async ({
  page,
}) => {
  const [main, hash] = [String(process.env.DATABASE_URL), await hashPassword(USER.password)];
  const database = await createDatabase(main, "restoring");
  await withConnection(database, async (client) => {
    await client.query("INSERT INTO origin (identity) VALUES (database_identity())");
    const values = [randomUUID(), USER.email, hash];
    await client.query("INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Ada', $3)", values);
  });
  const server = await startServer({ DATABASE_URL: database });
  await page.goto(`${server.url}/login`);
  await submitLogin(page, USER);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  const cookie = await sessionCookie(page, server.url);

  await withConnection(main, async (client) => {
    await client.query("DROP DATABASE IF EXISTS restoring_backup");
    await client.query("ALTER DATABASE restoring ALLOW_CONNECTIONS false");
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'restoring'");
    await client.query("CREATE DATABASE restoring_backup TEMPLATE restoring");
    await client.query("DROP DATABASE restoring WITH (FORCE)");
    await client.query("CREATE DATABASE restoring TEMPLATE restoring_backup");
    await client.query("DROP DATABASE restoring_backup");
  });
  const why = async () => (await (await fetch(`${server.url}/readyz`)).json()).why;
  await expect.poll(why).toEqual(["restored"]);
  expect((await page.goto(`${server.url}/dashboard`))?.status()).toBe(503);
  expect(await sessionCookie(page, server.url)).toEqual(cookie);

  const { status } = spawnSync(
    process.execPath,
    [String(process.env.PROGRAM), "latchkey", "session", "after-restore"],
    {
      env: { ...process.env, DATABASE_URL: database },
    },
  );
  expect(status).toBe(0);
  // The page reloads itself.
  await expect(page.getByText("You were logged out because we had to restore data from a backup.")).toBeVisible();
  await expect.poll(why).toBeUndefined();
  await submitLogin(page, USER);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await server.stop();
});
