import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  expect,
  newSession,
  newUser,
  openStream,
  submitLogin,
  type TestUser,
  test,
  untilListening,
} from "@/e2e/support/fixtures";
import { anAddress, HOST, type Instance, startBalancer } from "@/e2e/support/instances";
import { ask } from "@/e2e/support/proxy";
import { missing } from "@/e2e/support/proxy-process";
import { transaction } from "@/lib/db";
import { sessionStore } from "@/lib/session/store";
import config from "@/playwright.config";
import { cookieName } from "@/testing/cookie-name";
import { freePort } from "@/testing/free-port";
import { actionNumber } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";

/** The pause of a client between two requests, in milliseconds. Without it, two cores have no time left for the database. */
const BREATH = 20;

const { launchOptions } = config.use ?? {};
test.use({
  ignoreHTTPSErrors: true,
  // nginx sets the client's address itself, and ignores what a client claims.
  extraHTTPHeaders: {},
  launchOptions: {
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  },
});

test.describe.configure({ mode: "default" });
test.describe("two instances behind nginx", () => {
  const reason = missing();
  test.skip(reason !== null, String(reason));

  let port: number;
  let [a, b]: Instance[] = [];
  let instances: [TestServer, TestServer];
  let nginx: Awaited<ReturnType<typeof startBalancer>>;
  const at = (where: number | undefined) => `https://${HOST}:${where}`;

  const start = (one: Instance | undefined) =>
    startServer({
      PORT: String(one?.own),
      APP_URL: at(port),
      TRUSTED_PROXIES: "127.0.0.1",
      DRAIN_DELAY: "4s",
      MAX_SESSIONS: "1000",
    });

  test.beforeAll(async () => {
    port = await freePort();
    a = { own: await freePort(), port: await freePort() };
    b = { own: await freePort(), port: await freePort() };
    instances = await Promise.all([start(a), start(b)]);
    nginx = await startBalancer({ port, a, b });
  });

  test.afterAll(async () => {
    await nginx?.stop();
    await Promise.all((instances ?? []).map((one) => one.stop()));
  });

  async function isIn(where: Instance | undefined, sealed: string): Promise<number> {
    const headers = { Cookie: `__Host-session=${sealed}` };
    return (await ask({ port: Number(where?.port), host: HOST, path: "/api/session", headers }))?.status ?? 0;
  }

  /** Logs in as the client-side code of the form does. */
  async function logIn({ email, password }: TestUser): Promise<{ status: number; isIn: boolean; text: string }> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ email, password })) form.append(`_1_${name}`, value);
    form.append("0", '[{},"$K1"]');
    const encoded = new Response(form);
    const answer = await ask({
      port,
      host: HOST,
      from: anAddress(),
      path: "/login",
      method: "POST",
      headers: {
        Origin: at(port),
        "Next-Action": actionNumber("login"),
        "Content-Type": String(encoded.headers.get("content-type")),
      },
      body: await encoded.text(),
    });
    const isIn = /(^|,)__Host-session=Fe26/.test(String(answer?.headers["set-cookie"]));
    return { status: answer?.status ?? 0, isIn, text: answer?.text ?? "" };
  }

  test("a session works on both instances, and once revoked on one is refused by both at the next request", async ({
    page,
    user,
  }) => {
    await page.goto(`${at(a?.port)}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(/\/dashboard$/);
    await page.goto(`${at(b?.port)}/sessions`);
    await expect(page.getByRole("article")).toHaveCount(1);

    const other = await newSession(user);
    for (const one of [a, b]) expect(await isIn(one, other)).toBe(200);
    await page.goto(`${at(a?.port)}/sessions`);
    await page.getByRole("button", { name: "Log out other devices" }).click();
    await expect(page.getByText(/logged (this device )?out/i).first()).toBeVisible();
    for (const one of [b, a]) expect(await isIn(one, other)).toBe(401);
    await page.goto("about:blank");
  });

  test("an open page on one instance leaves at once when its session is ended on the other", async ({
    page,
    browser,
    user,
  }) => {
    await page.goto(`${at(b?.port)}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(/\/dashboard$/);
    await untilListening(page);

    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const cookie = { name: "__Host-session", value: await newSession(user), url: at(port) };
    await context.addCookies([{ ...cookie, httpOnly: true, secure: true, sameSite: "Lax" }]);
    const elsewhere = await context.newPage();
    await elsewhere.goto(`${at(a?.port)}/sessions`);
    const gone = page.waitForURL(/\/login/, { timeout: 20_000 });
    await elsewhere.getByRole("button", { name: "Log out other devices" }).click();
    // The page may ask for the password, because none was entered in this session.
    const password = elsewhere.getByLabel("Password", { exact: true });
    await password
      .or(elsewhere.getByText(/logged (this device )?out/i))
      .first()
      .waitFor();
    if (await password.isVisible()) {
      await password.fill(user.password);
      await elsewhere.getByRole("button", { name: "Confirm" }).click();
    }
    await gone;
    await expect(page.getByRole("heading", { name: "Dashboard" })).toHaveCount(0);
    // Close the browser only after the page has its response and its stream has ended: in between, closing may hang.
    await expect(elsewhere.getByRole("article")).toHaveCount(1);
    await elsewhere.goto("about:blank");
    await page.goto("about:blank");
    await context.close();
  });

  test("restarting the instances one by one under load causes no errors and loses no session", async ({
    page,
    user,
  }) => {
    const people = await Promise.all(Array.from({ length: 4 }, newUser));
    const sessions = await Promise.all(Array.from({ length: 40 }, (_, index) => newSession(people[index % 4] ?? user)));
    await page.goto(`${at(port)}/login`);
    await submitLogin(page, user);
    await expect(page).toHaveURL(/\/dashboard$/);
    await untilListening(page);

    let isOver = false;
    const seen = { looks: 0, logins: 0 };
    const wrong: unknown[] = [];
    const looking = Array.from({ length: 4 }, async (_, offset) => {
      for (let index = offset; !isOver; index++) {
        const headers = { Cookie: `__Host-session=${sessions[index % sessions.length]}` };
        const answer = await ask({ port, host: HOST, path: "/api/session", headers });
        seen.looks++;
        if (answer?.status !== 200) wrong.push({ what: "a look", ...answer });
        await pause(BREATH);
      }
    });
    const loggingIn = people.slice(0, 2).map(async (one) => {
      while (!isOver) {
        const answer = await logIn(one);
        seen.logins++;
        if (!answer.isIn) wrong.push({ what: "a log-in", ...answer });
        await pause(BREATH);
      }
    });

    for (const index of [0, 1] as const) {
      expect(await instances[index].stop()).toBe(0);
      instances[index] = await start([a, b][index]);
      const before = seen.looks;
      await expect.poll(() => seen.looks).toBeGreaterThan(before + 20);
    }
    isOver = true;
    await Promise.all([...looking, ...loggingIn]);

    expect(wrong).toEqual([]);
    expect(seen.looks).toBeGreaterThan(100);
    expect(seen.logins).toBeGreaterThan(10);
    for (const sealed of sessions) expect(await isIn(a, sealed)).toBe(200);
    // The open page has reconnected to its stream.
    await expect(page).toHaveURL(/\/dashboard$/);
    await untilListening(page);
    await page.goto("about:blank");
  });
});

test.describe("one instance in several processes", () => {
  const startSeveral = (settings: Record<string, string> = {}) =>
    startServer({ INSTANCES: "3", TRUSTED_PROXIES: "", ...settings });

  /** The ids of a server's child processes. */
  const processesOf = ({ pid }: TestServer) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

  /** Requests the session on a new connection, so that any of the processes may respond. */
  const look = (server: TestServer, sealed: string) =>
    fetch(`${server.url}/api/session`, {
      headers: { Cookie: `${cookieName(server.url)}=${sealed}`, Connection: "close" },
    });

  test("all processes serve one port, refuse ended sessions, and report combined metrics", async ({ user }) => {
    const management = String(await freePort());
    const server = await startSeveral({ MANAGEMENT_PORT: management });
    expect(processesOf(server)).toHaveLength(3);
    const sealed = await newSession(user);
    for (let index = 0; index < 12; index++) expect((await look(server, sealed)).status).toBe(200);

    const figures = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text();
    expect(figures.split("\n")).toContain('latchkey_lookups_total{outcome="valid",source="api"} 12');
    // A figure from the database is reported once, not summed over the three processes.
    const [, live] = /^latchkey_sessions_live (\d+)$/m.exec(figures) ?? [];
    const [, alone] =
      /^latchkey_sessions_live (\d+)$/m.exec(await (await fetch(`${process.env.APP_URL}/metrics`)).text()) ?? [];
    expect(Number(live)).toBeLessThan(2 * Number(alone) + 10);
    expect((await fetch(`http://127.0.0.1:${management}/readyz`)).status).toBe(200);

    const other = await newSession(user);
    const stream = await openStream(server.url, other);
    const by = { ipAddress: null, userAgent: null };
    await transaction((tx) => sessionStore().end(tx, { userId: user.id, except: null }, "revoked", by));
    expect(await stream.text()).toContain("event: ended");
    for (let index = 0; index < 6; index++) expect((await look(server, sealed)).status).toBe(401);
    expect(await server.stop()).toBe(0);
  });

  test("without a management port, the metrics cover all processes, too", async ({ user }) => {
    const server = await startSeveral();
    const sealed = await newSession(user);
    for (let index = 0; index < 9; index++) expect((await look(server, sealed)).status).toBe(200);
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    expect(figures.split("\n")).toContain('latchkey_lookups_total{outcome="valid",source="api"} 9');
    expect(await server.stop()).toBe(0);
  });

  test("a process that dies is restarted while the others serve", async ({ user }) => {
    const server = await startSeveral();
    const sealed = await newSession(user);
    const before = processesOf(server);
    process.kill(Number(before[0]), "SIGKILL");
    await expect.poll(() => processesOf(server).includes(Number(before[0]))).toBe(false);
    for (let index = 0; index < 6; index++) expect((await look(server, sealed)).status).toBe(200);
    await expect.poll(() => processesOf(server).length, { timeout: 30_000 }).toBe(3);
    expect(await server.stop()).toBe(0);
  });

  test("on SIGTERM all processes finish their requests, and the server exits with 0", async ({ user }) => {
    const management = String(await freePort());
    const server = await startSeveral({ MANAGEMENT_PORT: management, DRAIN_DELAY: "1s" });
    const sealed = await newSession(user);
    const streams = await Promise.all([1, 2, 3].map(() => openStream(server.url, sealed)));
    const stopped = server.stop();
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${management}/readyz`)).json(), { intervals: [20] })
      .toEqual({ status: "not ready", why: ["draining"] });
    const asked = Date.now();
    expect((await look(server, sealed)).status).toBe(200);
    for (const stream of streams) expect(await stream.text()).toContain("event: ask");
    expect(await stopped).toBe(0);
    expect(Date.now() - asked).toBeLessThan(11_000);
  });
});
