import { randomUUID } from "node:crypto";
import type { Page } from "playwright/test";
import { expect, submitLogin, type TestUser, test, untilListening } from "@/e2e/support/fixtures";
import { hashPassword } from "@/lib/password/hash";
import { startServer, type TestServer } from "@/testing/server";
import { createBase, lacksForStandby, type Pair, startPair } from "@/testing/standby";

const FOLDER = ".test/failover-pages";
const USER: TestUser = { id: randomUUID(), email: "ada@example.com", password: "correct horse battery staple" };

test.describe("a server whose database has two hosts", () => {
  const lack = lacksForStandby();
  test.skip(lack !== null, String(lack));

  let pair: Pair;
  let server: TestServer;

  test.beforeAll(async () => {
    await createBase(FOLDER);
    pair = await startPair(FOLDER);
    const hash = await hashPassword(USER.password);
    await pair.primary.query(
      `INSERT INTO users (id, email, name, password_hash) VALUES ('${USER.id}', '${USER.email}', 'Ada', '${hash}')`,
    );
    server = await startServer({ DATABASE_URL: pair.url });
  });

  test.afterAll(async () => {
    await server?.stop();
    await pair?.stop();
  });

  async function logIn(page: Page): Promise<void> {
    await page.goto(`${server.url}/login`);
    await submitLogin(page, USER);
    await expect(page).toHaveURL(`${server.url}/dashboard`);
  }

  test("follows from a primary that hangs to the promoted standby: nobody is logged out, and open pages hear of a log-out", async ({
    page,
    browser,
  }) => {
    await logIn(page);
    await untilListening(page);
    await pair.caughtUp();
    pair.primary.hang();
    expect((await page.request.get(`${server.url}/api/session`)).status()).toBe(503);
    expect((await page.request.get(`${server.url}/readyz`)).status()).toBe(503);

    await pair.standby.promote();
    const promoted = performance.now();
    const isBack = async () => (await page.request.get(`${server.url}/api/session`)).status();
    await expect.poll(isBack, { intervals: [100] }).toBe(200);
    expect(performance.now() - promoted).toBeLessThan(6000);
    await expect.poll(async () => (await page.request.get(`${server.url}/readyz`)).status()).toBe(200);
    const elsewhere = await (await browser.newContext()).newPage();
    await logIn(elsewhere);

    // The page was open all the time, and listens on the new primary.
    await expect
      .poll(async () => (await pair.standby.query("SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")).length)
      .toBe(1);
    expect(server.said()).toContain("The database takes writes on another host now");
    const left = page.waitForURL(/\/login/, { timeout: 20_000 });
    await elsewhere.goto(`${server.url}/sessions`);
    await elsewhere.getByRole("button", { name: "Log out other devices" }).click();
    await left;
    await elsewhere.context().close();
  });
});
