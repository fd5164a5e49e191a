import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, newSession, submitLogin, test } from "@/e2e/support/fixtures";
import { startListening } from "@/e2e/support/proxy-process";
import { cookieName } from "@/testing/cookie-name";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";

test.describe.configure({ mode: "default" });
test.describe("a server behind PgBouncer in session mode", () => {
  test.skip(!process.env.PGBOUNCER, "PgBouncer is not installed on this machine");

  let folder: string;
  let pgBouncer: Awaited<ReturnType<typeof startListening>>;
  let server: TestServer;

  test.beforeAll(async () => {
    const database = new URL(String(process.env.DATABASE_URL));
    const port = await freePort();
    folder = mkdtempSync(join(tmpdir(), "latchkey-pgbouncer-"));
    const name = database.pathname.slice(1);
    const target = `host=${database.hostname} port=${database.port} user=${database.username} password=${database.password}`;
    writeFileSync(
      `${folder}/pgbouncer.ini`,
      [
        `[databases]\n${name} = ${target} dbname=${name}`,
        `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
        `auth_type = any\n${process.getuid?.() === 0 ? "user = nobody\n" : ""}pool_mode = session`,
        "ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout\n",
      ].join("\n"),
    );
    pgBouncer = await startListening({
      program: String(process.env.PGBOUNCER),
      args: [`${folder}/pgbouncer.ini`],
      port,
    });
    server = await startServer({
      DATABASE_URL: `postgresql://${database.username}@127.0.0.1:${port}/${name}`,
      DATABASE_LISTEN_URL: database.href,
    });
  });

  test.afterAll(async () => {
    await server?.stop();
    await pgBouncer?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  test("users log in, and learn at once that a session was ended", async ({ page, user }) => {
    await page.goto(`${server.url}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(`${server.url}/dashboard`);

    await newSession(user);
    await page.goto(`${server.url}/sessions`);
    await expect(page.getByRole("article")).toHaveCount(2);
    await page.getByRole("button", { name: "Log out other devices" }).click();
    await expect(page.getByRole("article")).toHaveCount(1);
  });

  test("many look-ups at once all find their session", async ({ user }) => {
    const sealed = await Promise.all(Array.from({ length: 10 }, () => newSession(user)));
    const ask = (value: string) =>
      fetch(`${server.url}/api/session`, { headers: { Cookie: `${cookieName(server.url)}=${value}` } });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sealed)
        .flat()
        .map(ask),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200));
  });
});
