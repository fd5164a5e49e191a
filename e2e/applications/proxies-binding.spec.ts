import { existsSync } from "node:fs";
import {
  type BoundBrowser,
  cookieJar,
  logInAt,
  PROOF,
  runOut,
  startChromium,
  untilBound,
} from "@/e2e/support/bound-browser";
import { expect, type TestUser, test } from "@/e2e/support/fixtures";
import { startBalancer } from "@/e2e/support/instances";
import { type Application, ask, certificateAt, PROXIES, startApplication } from "@/e2e/support/proxy";
import { DOMAIN, missing } from "@/e2e/support/proxy-process";
import { spkiOf } from "@/e2e/support/secure-server";
import { db } from "@/lib/db";
import { MINUTE } from "@/lib/env";
import { SETTLING } from "@/lib/session/rotation/rule";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";
import { letPass } from "@/testing/sessions";

// A Chromium that binds its sessions, behind each proxy as the documents configure it.

const PAGE = { Accept: "text/html" };
const LOGIN = `login.${DOMAIN}`;

/** The proxy of deploy.md leads to two instances, and the others to the first one. */
type Ports = { port: number; latchkey: number; second: number; application: number };

const DOCUMENTED = {
  ...PROXIES,
  "the nginx of deploy.md": async ({ port, latchkey, second }: Ports) =>
    startBalancer({ port, a: { own: latchkey, port: await freePort() }, b: { own: second, port: await freePort() } }),
};
const NAMES = Object.keys(DOCUMENTED) as (keyof typeof DOCUMENTED)[];

test.skip(!existsSync(String(process.env.WHOLE_CHROMIUM)), "there is no whole Chromium on this machine");
test.describe.configure({ mode: "default" });
test.describe("a browser that binds its session, behind a proxy", () => {
  let ports: Ports;
  let instances: TestServer[];
  let application: Application;
  let chromium: BoundBrowser | null = null;
  let proxy: { stop(): Promise<void> } | null = null;
  const login = () => `https://${LOGIN}:${ports.port}`;

  const start = (port: number, settings: Record<string, string> = {}) =>
    startServer(
      {
        PORT: String(port),
        APP_URL: login(),
        ALLOWED_RETURN_HOSTS: `wiki.${DOMAIN}:${ports.port}`,
        SESSION_TOUCH_INTERVAL: "1s",
        ...settings,
      },
      "proxies-binding",
    );

  test.beforeAll(async () => {
    application = await startApplication();
    const [port, latchkey, second] = [await freePort(), await freePort(), await freePort()];
    ports = { port, latchkey, second, application: application.port };
    instances = await Promise.all([start(latchkey), start(second)]);
  });
  test.afterEach(async () => {
    await chromium?.close();
    await proxy?.stop();
    [chromium, proxy] = [null, null];
  });
  test.afterAll(async () => {
    await Promise.all(instances?.map((instance) => instance.stop()) ?? []);
    application?.close();
  });

  /** Starts the proxy, and logs in through it. */
  async function logInBehind(name: keyof typeof DOCUMENTED, user: TestUser): Promise<BoundBrowser> {
    proxy = await DOCUMENTED[name](ports);
    chromium = await startChromium({ url: login(), spki: spkiOf(await certificateAt(ports.port)) });
    await logInAt(chromium.page, user);
    return chromium;
  }

  /** What forward authentication says to these cookies, and whether the application gets a request with them. */
  async function admitted(cookie: string, host = `wiki.${DOMAIN}`): Promise<{ said: number; passes: boolean }> {
    const before = application.requests.length;
    const answer = await ask({ port: ports.port, host, path: "/x", headers: { ...PAGE, cookie } });
    return { said: answer?.status ?? 0, passes: application.requests.length > before };
  }

  for (const name of NAMES)
    test(`${name}: a log-in binds the session, a refresh passes, and a copied cookie without a proof does not`, async ({
      user,
    }) => {
      const reason = missing(name in PROXIES ? (name as keyof typeof PROXIES) : "nginx");
      test.skip(reason !== null, String(reason));
      const { page, context, events } = await logInBehind(name, user);
      await untilBound(user);
      await runOut({ context });
      await page.goto("/sessions");
      await expect(page).toHaveURL(`${login()}/sessions`);
      expect(events.filter((event) => event.startsWith("end:"))).toEqual([]);

      const verify = async (cookie: string) =>
        ask({ port: ports.port, host: `${LOGIN}:${ports.port}`, path: "/api/verify", headers: { cookie } });
      const [whole, without] = [await cookieJar({ context }), await cookieJar({ context }, PROOF)];
      expect(await verify(whole)).toMatchObject({ status: 200, headers: { "remote-user": user.id } });
      const refused = await verify(without);
      expect([refused?.status, JSON.parse(refused?.text ?? "{}").reason]).toEqual([401, "unproven"]);
      if (!(name in PROXIES)) return;
      expect(await admitted(whole)).toEqual({ said: 200, passes: true });
      expect(await admitted(without)).toEqual({ said: 302, passes: false });
    });

  test("with COOKIE_DOMAIN nothing is bound, cookies rotate for every host, and a copy that stays behind is refused", async ({
    user,
  }) => {
    const reason = missing();
    test.skip(reason !== null, String(reason));
    await instances[0]?.stop();
    instances[0] = await start(ports.latchkey, { COOKIE_DOMAIN: DOMAIN });
    const { page, context, events } = await logInBehind("nginx", user);
    const copied = await cookieJar({ context });
    const { handle } = await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { handle: true } });
    await letPass(handle, 15 * MINUTE);
    await page.goto("/account");
    for (const passed of [SETTLING, 0]) {
      await page.goto(`https://wiki.${DOMAIN}:${ports.port}/`);
      await expect(page.getByRole("heading", { name: "The wiki" })).toBeVisible();
      await letPass(handle, passed);
    }
    const { proofKey, rotation } = await db().session.findFirstOrThrow({
      where: { userId: user.id },
      select: { proofKey: true, rotation: true },
    });
    expect([proofKey, rotation, events]).toEqual([null, expect.objectContaining({ generation: 1 }), []]);
    expect(application.requests.at(-1)?.headers["remote-user"]).toBe(user.id);

    expect(await admitted(copied)).toEqual({ said: 302, passes: false });
    await page.goto("/dashboard");
    await expect(page.getByText("someone else may have used your log-in")).toBeVisible();
  });
});
