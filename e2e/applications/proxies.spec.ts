import { once } from "node:events";
import { request } from "node:https";
import { posix, win32 } from "node:path";
import { expect, newSession, newUser, type TestUser, test } from "@/e2e/support/fixtures";
import { type Application, ask, askRaw, connectTo, PROXIES, startApplication } from "@/e2e/support/proxy";
import { DOMAIN, missing } from "@/e2e/support/proxy-process";
import { freePort } from "@/testing/free-port";
import { startServer, type TestServer } from "@/testing/server";
import { wireTo } from "@/testing/wire";

const PAGE = { Accept: "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
const NAMES = Object.keys(PROXIES) as (keyof typeof PROXIES)[];

/** Spellings of /admin that a proxy, a rule and an application may read differently. */
const TRICKS = [
  ..."/x#/../admin /x#/..%2fadmin /x?#/../admin /x%23/../admin /#/../admin /admin# /admin?# /x#?/../admin".split(" "),
  ..."/admin /admin/ /admin? /admin/x /ADMIN /%61dmin /%2561dmin /%252561dmin /%41DMIN /admin%2f /admin%2fx".split(" "),
  ..."//admin ///admin/x /./admin /%2e/admin /x/../admin /x/%2e%2e/admin /x/.%2e/admin /x//../admin /x/..//admin".split(
    " ",
  ),
  ..."/x%2f..%2fadmin /x/..%2fadmin /%2fadmin /x%252f..%252fadmin /..%2fadmin /../admin /x/../../admin".split(" "),
  ..."\\admin /\\admin /%5cadmin /x\\..\\admin /x%5c..%5cadmin /x/..%5cadmin /x%255c..%255cadmin".split(" "),
  ..."/admin; /admin;a=b/x /;/admin /x/..;/admin /x/..;a/admin /admin%3b /x/..%3b/admin /;a/../admin".split(" "),
  ..."/admin. /admin%20 /admin%20/ /%20admin /admin+ /+admin /admin.json /admin.html/ /admin:x /admin::$DATA".split(
    " ",
  ),
  ..."/admin%00 /x%00/../admin /admin%2500 /admin%0a /%0aadmin /admin%0d%0a /admin%3f /admin%23x /admin%3f/../../x".split(
    " ",
  ),
  ..."/%ef%bd%81dmin /%ef%bc%8fadmin /x%ef%bc%8f..%ef%bc%8fadmin /x/%ef%bc%8e%ef%bc%8e/admin /ad%e2%80%8bmin".split(
    " ",
  ),
  ..."/x%c0%af..%c0%afadmin /%c1%a1dmin /%e0%80%afadmin /%u0061dmin /%%36%31dmin /x%/../admin /admin%".split(" "),
  ...["/\xef\xbd\x81dmin", "/x\xef\xbc\x8f..\xef\xbc\x8fadmin", "/\xc1\xa1dmin", "/x\xff/../admin", "/adm\xc4\xb1n"],
  ...["/x /../admin", "/x\t/../admin", "/x\x01/../admin", "/admin\x7f", "/x\x00/../admin", "/admin HTTP/1.1"],
  ...[`https://wiki.${DOMAIN}/admin`, `http://other.example/admin`, `//wiki.${DOMAIN}/admin`, "admin", "*"],
];

/** The ways in which applications read the path of a URL. */
const READERS: ((url: string) => string)[] = [
  (url) => pathOf(url),
  (url) => url.split(/[?#]/)[0] ?? "",
  (url) => posix.normalize(pathOf(url)),
  (url) => new URL(url, "http://here.example").pathname,
  (url) => new URL(`http://here.example${url}`).pathname,
  (url) => posix.normalize(decoded(pathOf(url))),
  (url) => decoded(posix.normalize(pathOf(url))),
  (url) => posix.normalize(decoded(decoded(pathOf(url)))),
  (url) => posix.normalize(decoded(decoded(decoded(pathOf(url))))),
  (url) => posix.normalize(decoded(pathOf(url)).replace(/;[^/]*/g, "")),
  (url) => posix.normalize(decoded(pathOf(url).replace(/;[^/]*/g, ""))),
  (url) => win32.normalize(decoded(pathOf(url))).replaceAll("\\", "/"),
  (url) => win32.normalize(decoded(decoded(pathOf(url)))).replaceAll("\\", "/"),
  (url) => posix.normalize(decoded(pathOf(url)).normalize("NFKC")),
  (url) => decoded(pathOf(url)).split(/[?#;:\0]/)[0] ?? "",
  (url) => decoded(pathOf(url)).replace(/\.[a-z]+\/?$/, ""),
  (url) => decoded(pathOf(url)).replace(/\p{Cf}/gu, ""),
];

function pathOf(url: string): string {
  return url.split("?")[0] ?? "";
}

function decoded(path: string): string {
  return Buffer.from(
    path.replace(/%([\da-f]{2})/gi, (_all, byte) => String.fromCharCode(Number.parseInt(byte, 16))),
    "latin1",
  ).toString("utf8");
}

/** Whether any application would read this as /admin or a path below it. */
function isAdmin(url: string): boolean {
  return READERS.some((read) => {
    try {
      return /^\/+[.\s+/]*admin[.\s+]*(\/|$)/i.test(read(url));
    } catch {
      return false;
    }
  });
}

test.describe.configure({ mode: "default" });
test.describe("an application behind each documented proxy", () => {
  let latchkey: TestServer;
  let wire: Awaited<ReturnType<typeof wireTo>>;
  let application: Application;
  let user: TestUser;
  let Cookie: string;
  const running: Record<string, { port: number; stop(): Promise<void> }> = {};

  test.beforeAll(async () => {
    wire = await wireTo(String(process.env.DATABASE_URL));
    application = await startApplication();
    const own = await freePort();
    latchkey = await startServer({
      PORT: String(own),
      DATABASE_URL: wire.url,
      APP_URL: `https://login.${DOMAIN}`,
      COOKIE_DOMAIN: DOMAIN,
      ALLOWED_RETURN_HOSTS: `*.${DOMAIN}`,
      VERIFY_RULES: `wiki.${DOMAIN} user; wiki.${DOMAIN}/admin admin; wiki.${DOMAIN}/open public`,
    });
    for (const name of NAMES.filter((name) => !missing(name))) {
      const port = await freePort();
      running[name] = { port, ...(await PROXIES[name]({ port, latchkey: own, application: application.port })) };
    }
    user = await newUser();
    Cookie = `__Secure-session=${await newSession(user)}`;
  });

  test.afterAll(async () => {
    for (const { stop } of Object.values(running)) await stop();
    await latchkey?.stop();
    application?.close();
    wire?.close();
  });

  for (const name of NAMES) {
    test.describe(name, () => {
      const reason = missing(name);
      test.skip(reason !== null, String(reason));
      const port = () => Number(running[name]?.port);

      test(`${name}: no spelling of a path gets past a rule`, async () => {
        expect(await askRaw(port(), "/x", { Cookie })).toBe(200);
        const before = application.requests.length;
        for (const path of TRICKS) await askRaw(port(), path, { Cookie });
        // Some applications take these headers for the URL.
        for (const header of ["X-Original-URL", "X-Rewrite-URL"])
          expect(await askRaw(port(), "/x", { Cookie, [header]: "/admin" }), header).toBe(403);
        const reached = application.requests.slice(before).map(({ path }) => path);
        expect(reached.filter(isAdmin)).toEqual([]);
      });

      test(`${name}: a public path needs no session, and no spelling makes another path public`, async () => {
        expect(await askRaw(port(), "/open/x.css", {})).toBe(200);
        expect(application.requests.at(-1)?.headers["remote-user"] ?? "").toBe("");
        const before = application.requests.length;
        for (const path of [
          "/open/../x",
          "/open/%2e%2e/x",
          "/open/..%2fx",
          "/open#/../../x",
          "/open/..;/x",
          "/open/..\\x",
        ])
          expect([302, 400, 401], path).toContain(await askRaw(port(), path, { "Remote-User": user.id, ...PAGE }));
        expect(application.requests.length).toBe(before);
      });

      test(`${name}: a client's Connection header cannot remove the identity or forwarding headers`, async () => {
        const list = "Remote-User, Remote-Groups, X-Forwarded-Uri, X-Forwarded-Host, X-Forwarded-Method";
        for (const Connection of [`close, ${list}`, `${list}, close`]) {
          expect(
            await askRaw(port(), "/x", { Cookie, Connection, "Remote-User": "admin", Remote_Groups: "admin" }),
          ).toBe(200);
          const { headers, raw } = application.requests.at(-1) ?? { headers: {}, raw: [] };
          expect(headers).toMatchObject({
            "remote-user": user.id,
            "remote-groups": "user",
            "remote-email": user.email,
          });
          expect(headers.connection ?? "").not.toContain("Remote");
          expect(raw.filter((text) => text === "admin")).toEqual([]);
          expect(headers.cookie ?? "").not.toMatch(/__Secure-session=./);
          expect(await askRaw(port(), "/admin", { Cookie, Connection })).toBe(403);
        }
      });

      test(`${name}: a WebSocket with a session carries data both ways, and one without is refused`, async () => {
        const open = async (headers: string) => {
          const socket = await connectTo(port());
          const offer = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13";
          const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
          socket.write(`GET /socket HTTP/1.1\r\nHost: wiki.${DOMAIN}\r\n${offer}\r\n${key}\r\n${headers}\r\n`);
          let told = "";
          socket.on("data", (chunk) => (told += chunk));
          await expect.poll(() => told).toContain("\r\n\r\n");
          return { socket, told: () => told };
        };
        const { socket, told } = await open(`Cookie: ${Cookie}\r\n`);
        expect(told()).toMatch(/^HTTP\/1\.1 101 /);
        socket.write("hello from the browser");
        await expect.poll(told).toContain("hello from the browser");
        expect(application.requests.at(-1)?.headers["remote-user"]).toBe(user.id);
        socket.destroy();

        const refused = await open("");
        expect(refused.told()).toMatch(/^HTTP\/1\.1 401 /);
        refused.socket.destroy();
      });

      test(`${name}: a 2.5 MB body arrives complete, and a stream is passed on as it is written`, async () => {
        const body = "a".repeat(2_500_000);
        expect((await ask({ port: port(), path: "/up", method: "POST", body, headers: { Cookie } }))?.status).toBe(200);
        expect(application.requests.at(-1)?.body.length).toBe(body.length);

        const asked = request({
          host: "127.0.0.1",
          port: port(),
          path: "/stream",
          headers: { Host: `wiki.${DOMAIN}`, Cookie },
          servername: `wiki.${DOMAIN}`,
          rejectUnauthorized: false,
        }).end();
        const [answer] = await once(asked, "response");
        const [first] = await once(answer, "data");
        expect(String(first)).toBe("one\n");
        application.streams.at(-1)?.end("two\n");
        expect(String((await once(answer, "data"))[0])).toBe("two\n");
      });

      test(`${name}: a refused page, script and form each get a response that they can use`, async () => {
        const told = (headers: Record<string, string>, method = "GET", path = "/x") =>
          ask({ port: port(), path, method, headers });

        expect(await told(PAGE)).toMatchObject({
          status: 302,
          headers: { location: expect.stringContaining(`https://login.${DOMAIN}/login`) },
        });
        const script = await told({ ...PAGE, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" });
        expect(script?.status).toBe(401);
        expect(script?.headers["content-type"]).toContain("application/problem+json");
        const form = await told(PAGE, "POST");
        expect(form?.status).toBe(401);
        expect(form?.headers["content-type"]).toContain("text/html");
        expect(form?.text).toContain("to send what you typed");

        const refused = await told({ ...PAGE, Cookie }, "GET", "/admin");
        expect(refused?.status).toBe(403);
        expect(refused?.text).toContain(`You&#39;re logged in as Ada (${user.email})`);
        expect(refused?.headers["content-security-policy"]).toContain("default-src 'none'");
        expect((await told({ Cookie }, "GET", "/admin"))?.headers["content-type"]).toContain(
          "application/problem+json",
        );
      });

      test(`${name}: in an outage a page and a form get a 503 page, and the proxy asks Latchkey once for each`, async () => {
        const lines = () => latchkey.said().split("\n");
        const before = lines().length - 1;
        const outcomes = () =>
          lines()
            .slice(before)
            .flatMap((line) => /"\/api\/verify","status":(\d+)/.exec(line)?.[1] ?? []);
        wire.swallow(true);
        const page = await ask({ port: port(), path: "/x", headers: { ...PAGE, Cookie } });
        const form = await ask({ port: port(), path: "/x", method: "POST", headers: { ...PAGE, Cookie } });
        wire.swallow(false);

        expect([page?.status, form?.status]).toEqual([503, 503]);
        expect(page?.headers["retry-after"]).toBe("5");
        expect(page?.text).toContain('http-equiv="refresh"');
        expect(form?.text).not.toContain('http-equiv="refresh"');
        expect(form?.text).toContain("to send what you typed again");
        expect(await askRaw(port(), "/x", { Cookie })).toBe(200);
        // The log is in order: once this last request is in it, all earlier ones are.
        await expect.poll(() => outcomes().at(-1)).toBe("200");
        expect(outcomes().filter((status) => status === "503")).toHaveLength(2);
      });
    });
  }
});
