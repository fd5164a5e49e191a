import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { hashPassword } from "@/lib/auth/password";
import { applyMigrations } from "@/scripts/migrate";
import { type Postgres, startPostgres } from "@/scripts/postgres";
import { expect, sessionCookie, submitLogin, test } from "./fixtures";
import { startServer, type TestServer, wireTo } from "./server";

const FOLDER = ".test/outage";
const USER = { email: "ada@example.com", password: "correct horse battery staple" };

// A database and a server of their own: the other tests need theirs.
test.describe.configure({ mode: "serial" });
test.describe("with the database stopped and started for real", () => {
  let postgres: Postgres;
  let server: TestServer;

  test.beforeAll(async () => {
    postgres = await startPostgres(FOLDER);
    await prepare(postgres.url);
    server = await startServer({ DATABASE_URL: postgres.url });
  });

  test.afterAll(async () => {
    await server.stop();
    await postgres.stop();
  });

  test("an outage is a 503 and no logout: the same session goes on when the database is back", async ({ page }) => {
    await page.goto(`${server.url}/login`);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
    const cookie = await sessionCookie(page);
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
    expect(await sessionCookie(page)).toEqual(cookie);

    postgres = await startPostgres(FOLDER);
    // The page retries by itself.
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible({ timeout: 15_000 });
    expect(await sessionCookie(page)).toEqual(cookie);
  });

  test("logging in during an outage says so, and loses nothing that was typed", async ({ page }) => {
    await page.goto(`${server.url}/login`);
    await postgres.stop();
    const posted = page.waitForResponse((response) => response.request().method() === "POST");
    await submitLogin(page, USER);

    expect((await posted).status()).toBe(503);
    await expect(page.getByRole("alert").filter({ hasText: "The database does not answer" })).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue(USER.email);

    postgres = await startPostgres(FOLDER);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
  });

  test("logging out during an outage does not say that it worked", async ({ page }) => {
    await page.goto(`${server.url}/login`);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
    await postgres.stop();

    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Log out" }).click();
    expect((await answered).status()).toBe(503);
    await expect(page.getByText("You are logged out")).toHaveCount(0);
    expect(await sessionCookie(page)).not.toBeNull();

    postgres = await startPostgres(FOLDER);
  });
});

test("a database that hangs is an outage within three seconds, and not a hanging page", async ({ request }) => {
  const wire = await wireTo(String(process.env.DATABASE_URL));
  const server = await startServer({ DATABASE_URL: wire.url });
  const sealed = await (await import("@/lib/session/cookie")).seal((await import("@/lib/session/token")).newToken());
  const headers = { Cookie: `session=${sealed}` };
  expect((await request.get(`${server.url}/api/session`, { headers })).status()).toBe(401);

  wire.swallow(true);
  const hanging = await request.get(`${server.url}/api/session`, { headers, timeout: 3000 });
  expect(hanging.status()).toBe(503);

  wire.swallow(false);
  await expect.poll(async () => (await request.get(`${server.url}/api/session`, { headers })).status()).toBe(401);
  await server.stop();
  wire.close();
});

async function prepare(url: string): Promise<void> {
  await applyMigrations(url);
  const client = new Client(url);
  await client.connect();
  await client.query("DELETE FROM users");
  await client.query("INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Ada', $3)", [
    randomUUID(),
    USER.email,
    await hashPassword(USER.password),
  ]);
  await client.end();
}
