import { randomUUID } from "node:crypto";
import { request as ask } from "node:http";
import { stripVTControlCharacters } from "node:util";
import { expect, openStream, submitLogin, type TestUser, test } from "@/e2e/support/fixtures";
import { Connection } from "@/lib/connection";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName, deviceName } from "@/testing/cookie-name";
import { createDatabase } from "@/testing/databases";
import { freePort } from "@/testing/free-port";
import { actionNumber, fromSomewhere, postLogin } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";
import { createSession } from "@/testing/sessions";
import { wireTo } from "@/testing/wire";

const BASE = String(process.env.APP_URL);
const DATABASE = String(process.env.DATABASE_URL);
const BROWSER = { userAgent: "Test", ipAddress: "192.0.2.7", publicComputer: false, previousToken: null };

/** Uses a new connection: the server may close a kept one at the moment of its next use. */
const ANEW = { headers: { Connection: "close" } };

type Managed = TestServer & { management: string };

/** Starts a server with a separate port for health checks and metrics. */
async function startManaged(settings: Record<string, string> = {}): Promise<Managed> {
  const port = String(await freePort());
  const server = await startServer({ MANAGEMENT_PORT: port, ...settings });
  return { ...server, management: `http://127.0.0.1:${port}` };
}

async function figures(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`, ANEW)).text();
}

/** At this cost a hash takes long enough to stop a server during it, and not too long to wait for. */
const DEAR = "12";

/** Sends a log-in, and returns while its password is being hashed. */
async function beginLogin({ url, management }: Managed, { email, password }: TestUser) {
  const login = postLogin(Object.entries({ email, password }), url);
  await expect
    .poll(() => figures(management), { intervals: [50], timeout: 30_000 })
    .toContain("latchkey_hashes_running 1");
  return { login };
}

async function readiness(url: string): Promise<{ status: number; content: unknown }> {
  const answer = await fetch(`${url}/readyz`, ANEW);
  return { status: answer.status, content: await answer.json() };
}

/** The lines of a server's log. */
function linesOf({ said }: TestServer): Record<string, unknown>[] {
  return said()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

/** Sends a request with this Host header. */
async function askAs(host: string, url: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = ask(url, { headers: { Host: host } }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on("error", reject).end();
  });
}

for (const [path, status] of [
  ["/healthz", "alive"],
  ["/readyz", "ready"],
] as const) {
  test(`${path} is open to everyone, and is never cached`, async ({ request }) => {
    const answer = await request.get(`${path}?whatever=1`);
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toEqual({ status });
    expect(answer.headers()["cache-control"]).toBe("no-store");
    expect(answer.headers()).not.toHaveProperty("set-cookie");

    expect((await request.head(path)).status()).toBe(200);
    const posted = await request.post(path, { headers: { Origin: BASE } });
    expect(posted.status()).toBe(405);
    expect(posted.headers().allow).toBe("GET, HEAD");
  });
}

test("metrics are for this machine only, whatever address a client claims", async ({ request }) => {
  const here = await fetch(`${BASE}/metrics`);
  expect(here.status).toBe(200);
  expect(here.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(await here.text()).toContain("latchkey_request_duration_seconds_bucket");

  const elsewhere = await request.get("/metrics");
  expect(elsewhere.status()).toBe(403);
  expect(await elsewhere.text()).toContain("for this machine only");
  expect((await fetch(`${BASE}/metrics`, { headers: { "X-Forwarded-For": "127.0.0.1, 192.0.2.9" } })).status).toBe(403);
});

test("with a management port, health checks and metrics are served only there", async () => {
  const server = await startManaged();
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    expect((await fetch(server.url + path, { redirect: "manual" })).status).toBe(404);
    expect((await fetch(server.management + path)).status).toBe(200);
    expect((await fetch(server.management + path, { method: "POST" })).status).toBe(405);
    // A load balancer may use any host name.
    expect((await askAs("10.1.2.3:9090", server.management + path)).status).toBe(200);
  }
  expect((await fetch(`${server.management}/login`)).status).toBe(404);
  await server.stop();
});

test("metrics count sessions, look-ups, log-ins, throttled tries, and requests by route", async ({ page, user }) => {
  const server = await startManaged();
  await page.goto(`${server.url}/login`);
  await submitLogin(page, user);
  await expect(page).toHaveURL(`${server.url}/dashboard`);
  await page.request.get(`${server.url}/api/session`);
  await page.goto(`${server.url}/logout`);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL(/\/login/);
  const wrong = Object.entries({ email: `${randomUUID()}@example.com`, password: "not the password" });
  for (let index = 0; index < 6; index++) await postLogin(wrong, server.url);

  const text = await figures(server.management);
  for (const line of [
    "latchkey_sessions_started_total 1",
    'latchkey_sessions_ended_total{reason="logged-out"} 1',
    'latchkey_logins_total{outcome="logged-in"} 1',
    'latchkey_logins_total{outcome="refused"} 5',
    'latchkey_logins_total{outcome="throttled"} 1',
    'latchkey_throttled_total{scope="account"} 1',
    "latchkey_hash_queue 0",
    "latchkey_hashes_running 0",
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toMatch(/latchkey_lookups_total\{outcome="valid",source="page"\} [1-9]/);
  expect(text).toMatch(/latchkey_lookups_total\{outcome="valid",source="api"\} [1-9]/);
  expect(text).toMatch(/latchkey_sessions_live \d+\n/);
  expect(text).toMatch(/latchkey_mails_waiting \d+\n/);
  expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
  expect(text).toContain('latchkey_request_duration_seconds_count{method="GET",route="/dashboard",status="200"}');
  expect(text).toContain('latchkey_request_duration_seconds_count{method="POST",route="/login",status="429"} 1');
  await server.stop();
});

test("requests to unknown addresses add no metrics", async () => {
  const server = await startManaged();
  const invent = (part: string) =>
    Promise.all(Array.from({ length: 50 }, () => fetch(`${server.url}/${part}${randomUUID()}`)));
  await invent("");
  await invent("api/");
  const before = await countOurs();
  await invent("");
  await invent("api/");
  expect(await countOurs()).toBe(before);
  await server.stop();

  async function countOurs(): Promise<number> {
    return (await figures(server.management)).split("\n").filter((line) => line.startsWith("latchkey_")).length;
  }
});

test("without a database the server is alive but not ready, and serves its other metrics", async () => {
  const wire = await wireTo(DATABASE);
  const server = await startManaged({ DATABASE_URL: wire.url });
  await expect.poll(async () => (await readiness(server.management)).status).toBe(200);

  wire.swallow(true);
  await expect.poll(async () => (await readiness(server.management)).status).toBe(503);
  // A result is cached for a second, and the next check may take two.
  const waits: number[] = [];
  // A busy machine can delay any response, but not the fastest of several.
  while (waits.length < 3 && Math.min(...waits) > 4000) {
    const started = performance.now();
    await readiness(server.management);
    waits.push(performance.now() - started);
  }
  expect(Math.min(...waits)).toBeLessThan(4000);
  const flood = await Promise.all(Array.from({ length: 300 }, () => readiness(server.management)));
  for (const answer of flood)
    expect(answer).toEqual({ status: 503, content: { status: "not ready", why: ["database"] } });
  expect((await fetch(`${server.management}/healthz`, ANEW)).status).toBe(200);
  const text = await figures(server.management);
  expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  expect(text).not.toMatch(/^latchkey_sessions_live /m);

  wire.swallow(false);
  await expect.poll(async () => (await readiness(server.management)).status).toBe(200);
  await server.stop();
  wire.close();
});

test("a flood of readiness checks does not take the connections from the pages", async () => {
  const headers = { Cookie: `${cookieName()}=${await seal(newToken())}` };
  const flood = Array.from({ length: 1000 }, () => fetch(`${BASE}/readyz`));
  const page = await fetch(`${BASE}/api/session`, { headers });
  expect(page.status).toBe(401);
  for (const answer of await Promise.all(flood)) expect(answer.status).toBe(200);
});

test("a server whose database lacks a migration is not ready until it is applied", async () => {
  const database = await createDatabase(DATABASE, "behind");
  const client = new Connection(database);
  await client.connect();
  await client.query(
    "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)",
  );
  const server = await startServer({ DATABASE_URL: database });
  expect(await readiness(server.url)).toEqual({ status: 503, content: { status: "not ready", why: ["migrations"] } });

  await client.query("UPDATE _prisma_migrations SET finished_at = now()");
  await expect.poll(async () => (await readiness(server.url)).status).toBe(200);
  await server.stop();
  await client.end();
});

test("on SIGTERM the server reports that it is not ready, finishes its requests, and exits with 0", async ({
  user,
}) => {
  const server = await startManaged({ PASSWORD_COST: DEAR, DRAIN_DELAY: "2s" });
  const { login } = await beginLogin(server, user);

  const asked = Date.now();
  const stopped = server.stop();
  await expect
    .poll(async () => (await readiness(server.management)).content, { intervals: [20] })
    .toEqual({ status: "not ready", why: ["draining"] });
  // Clients that have not noticed yet still get responses.
  expect((await fetch(`${server.url}/login`)).status).toBe(200);
  expect(await login).toMatchObject({ isIn: true });
  expect(await stopped).toBe(0);
  expect(Date.now() - asked).toBeLessThan(12_000);
});

test("on SIGTERM without a drain delay the server finishes its requests, ends the streams, and exits with 0", async ({
  user,
}) => {
  const server = await startManaged({ PASSWORD_COST: DEAR });
  const stream = await openStream(server.url, await seal(await createSession(user, BROWSER)));
  expect(stream.status).toBe(200);
  const { login } = await beginLogin(server, user);

  const asked = Date.now();
  const stopped = server.stop();
  // The stream is ended properly, not cut off, so the browser reconnects.
  expect(await stream.text()).toContain("event: ask");
  expect(await login).toMatchObject({ isIn: true });
  expect(await stopped).toBe(0);
  expect(Date.now() - asked).toBeLessThan(10_000);
});

test("each request is logged in one line with its response's request id, and without its query", async ({ user }) => {
  const server = await startServer({});
  const token = newToken();
  const [sealed, other] = [await seal(await createSession(user, BROWSER)), await seal(newToken())];
  const paths = [
    "/",
    "/login",
    "/dashboard",
    "/reset-password",
    "/verify-email",
    "/secure-account",
    "/nothing",
    "/api/session",
    "/healthz",
  ];
  const ids: (string | null)[] = [];
  for (const path of paths) {
    const answer = await fetch(`${server.url}${path}?token=${token}&ticket=${token}`, {
      headers: {
        ...fromSomewhere(),
        Cookie: `${cookieName(server.url)}=${sealed}; ${deviceName(server.url)}=${other}`,
        "User-Agent": "told-nobody/1.0",
      },
    });
    await answer.text();
    ids.push(answer.headers.get("x-request-id"));
  }
  await server.stop();

  const answered = linesOf(server).filter(({ msg }) => msg === "answered");
  for (const [index, path] of paths.entries()) {
    const [line, ...more] = answered.filter(({ requestId }) => requestId === ids[index]);
    expect(line).toMatchObject({ method: "GET", path, status: expect.any(Number), durationMs: expect.any(Number) });
    expect(line?.address).toMatch(/^2001:db8:/);
    expect(line?.level).toBe(path === "/healthz" ? "debug" : "info");
    expect(more).toEqual([]);
  }
  for (const secret of [token, sealed, other, "told-nobody"]) expect(server.said()).not.toContain(secret);
});

test("a request id from a trusted proxy is kept, even when the request is refused", async () => {
  const headers = { "X-Request-Id": "from-the-proxy.1" };
  expect((await fetch(`${BASE}/login`, { headers })).headers.get("x-request-id")).toBe("from-the-proxy.1");
  const refused = await fetch(`${BASE}/login`, { method: "PUT", headers });
  expect(refused.status).toBe(405);
  expect(refused.headers.get("x-request-id")).toBe("from-the-proxy.1");

  const server = await startServer({ TRUSTED_PROXIES: "192.0.2.1" });
  expect((await fetch(`${server.url}/login`, { headers })).headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  await server.stop();
});

test("an error is logged with its request id, and without anything that the client sent", async ({ page }) => {
  const database = await createDatabase(DATABASE, "broken");
  const server = await startServer({ DATABASE_URL: database });
  const client = new Connection(database);
  await client.connect();
  await client.query("ALTER TABLE throttles RENAME TO gone");
  await client.query("ALTER TABLE sessions RENAME TO gone_too");
  const email = `${randomUUID()}@example.com`;
  const sealed = await seal(newToken());
  const broken = await fetch(`${server.url}/dashboard`, { headers: { Cookie: `${cookieName(server.url)}=${sealed}` } });
  expect(broken.status).toBe(500);
  // The log-in page would ask for the challenge of a passkey, which counts against a limit, too.
  await page.goto(`${server.url}/forgot-password`);
  await postLogin(Object.entries({ email, password: "correct horse battery staple" }), server.url);
  // Next.js prints the id of an unknown action, which the client chose.
  const token = newToken();
  await fetch(`${server.url}/login`, {
    method: "POST",
    headers: { Origin: server.url, "Next-Action": token },
    body: "[]",
  });
  await fetch(`${server.url}/login`, {
    method: "POST",
    headers: {
      Origin: server.url,
      "Next-Action": actionNumber("login"),
      Cookie: `${cookieName(server.url)}=${sealed}`,
    },
    body: `{"password":"${token}"`,
  });
  await server.stop();
  await client.end();

  const errors = linesOf(server).filter(({ level }) => level === "error");
  const [ofPage] = errors.filter(({ requestId }) => requestId === broken.headers.get("x-request-id"));
  expect(ofPage).toMatchObject({
    err: { message: expect.stringContaining("A statement failed 42P01"), digest: expect.any(String) },
  });
  expect(server.said()).toContain("The Server Reference ID did not match");
  for (const secret of [email, sealed, token, "correct horse battery staple", "INSERT INTO", "SELECT "])
    expect(server.said()).not.toContain(secret);
  // Apart from the log, the server printed only its greeting.
  for (const line of stripVTControlCharacters(server.said()).split("\n")) {
    expect(line.trim()).toMatch(/^(\{.*\}|✓ .*|Latchkey .*|)$/);
  }
});
