import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { expect, test } from "@/e2e/support/fixtures";
import { hashPassword } from "@/lib/password/hash";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import { withConnection } from "@/testing/copy-database";
import { createDatabase } from "@/testing/databases";
import { postAction, revokeSession } from "@/testing/post-action";
import { startRedis, type TestRedis } from "@/testing/redis";
import { startServer, type TestServer } from "@/testing/server";
import { type Wire, wireTo } from "@/testing/wire";

const USER = { email: "ada@example.com", password: "correct horse battery staple" };

/** The users of a test, and the sessions of each that are revoked: together 1,000. Each page lists few of them. */
const [OWNERS, EACH] = [250, 4];

test.describe.configure({ mode: "serial" });
test.describe("two instances with SESSION_STORE=redis", () => {
  const program = String(process.env.REDIS);
  test.skip(!existsSync(program), "redis-server is not installed on this machine (apt-get install redis-server)");

  let redis: TestRedis;
  let wire: Wire;
  let database: string;
  let settings: Record<string, string>;
  let [a, b]: TestServer[] = [];

  test.beforeAll(async () => {
    redis = await startRedis(program);
    database = await createDatabase(String(process.env.DATABASE_URL), "redis");
    const values = [randomUUID(), USER.email, await hashPassword(USER.password)];
    await withConnection(database, (client) =>
      client.query("INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Ada', $3)", values),
    );
    wire = await wireTo(database);
    settings = { DATABASE_URL: wire.url, SESSION_STORE: "redis", REDIS_URL: redis.url, MAX_SESSIONS: "100" };
    [a, b] = await Promise.all([startServer(settings), startServer(settings)]);
  });

  test.afterAll(async () => {
    await Promise.all([a?.stop(), b?.stop()]);
    wire?.close();
    await redis?.kill();
  });

  const get = (on: TestServer | undefined, path: string, Cookie: string) =>
    fetch(`${on?.url}${path}`, { headers: { Cookie, "X-Forwarded-For": "192.0.2.7" }, redirect: "manual" });
  const statusOf = async (on: TestServer | undefined, path: string, cookie: string) =>
    (await get(on, path, cookie)).status;
  /** Does something on one instance as the browser with this cookie. */
  const act = (name: string, cookie: string, path = "/sessions", fields: [string, string][] = []) =>
    postAction({ name, path, fields, base: String(a?.url), as: { Cookie: cookie } });

  /** Logs in on one instance. Returns the cookies, whose names depend on the port, for both. */
  async function logIn(): Promise<[string, string]> {
    const fields = Object.entries(USER);
    const answer = await postAction({ name: "login", path: "/login", fields, base: String(a?.url) });
    const cookies = answer.headers.getSetCookie().map((cookie) => String(cookie.split(";", 1)[0]));
    const mine = cookies.join("; ");
    const others = mine.replaceAll(new URL(String(a?.url)).port, new URL(String(b?.url)).port);
    await untilFoundInRedis(a, mine);
    await untilFoundInRedis(b, others);
    return [mine, others];
  }

  /** How many look-ups of an instance Redis has answered. */
  async function found(on: TestServer | undefined): Promise<number> {
    const text = await (await fetch(`${on?.url}/metrics`)).text();
    return Number(/^latchkey_redis_lookups_total\{outcome="found"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Waits until Redis answers look-ups of this session. */
  async function untilFoundInRedis(on: TestServer | undefined, cookie: string): Promise<void> {
    const before = await found(on);
    const more = async () => {
      expect(await statusOf(on, "/api/session", cookie)).toBe(200);
      return (await found(on)) - before;
    };
    // The server keeps its metrics for a moment, so some of them may be of earlier sessions.
    await expect.poll(more, { intervals: [20] }).toBeGreaterThan(5);
  }

  type Owner = { id: string; owner: string; others: { token: string; handle: string }[] };

  /** New users with this number of sessions, besides the one that revokes them. */
  async function newOwners(count: number, each: number): Promise<Owner[]> {
    const owners = Array.from({ length: count }, () => ({
      id: randomUUID(),
      owner: newToken(),
      others: Array.from({ length: each }, () => ({ token: newToken(), handle: randomUUID() })),
    }));
    const all = owners.flatMap(({ id, owner, others }) =>
      [{ token: owner, handle: randomUUID() }, ...others].map((session) => ({ ...session, id })),
    );
    const listOf = (name: "token" | "handle" | "id") => all.map((session) => session[name]);
    await withConnection(database, async (client) => {
      await client.query(
        `INSERT INTO users (id, email, name, password_hash)
         SELECT id, id || '@example.com', 'Ada', 'none' FROM unnest($1::uuid[]) AS new (id)`,
        [owners.map(({ id }) => id)],
      );
      await client.query(
        `INSERT INTO sessions (token_hash, handle, mark, user_id, confirmed_until)
         SELECT sha256(token::bytea), handle, sha256(handle::text::bytea), id, now() + interval '1 hour'
           FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS new (token, handle, id)`,
        [listOf("token"), listOf("handle"), listOf("id")],
      );
    });
    return owners;
  }

  test("a session that is revoked on one instance is refused by the other at its next request, 1,000 times of 1,000", async () => {
    const owners = await newOwners(OWNERS, EACH);
    const cookieOf = async (on: TestServer | undefined, token: string) =>
      `${cookieName(String(on?.url))}=${await seal(token)}`;
    const lookUp = async (token: string) => statusOf(b, "/api/session", await cookieOf(b, token));
    const all = owners.flatMap(({ others }) => others);
    // Until Redis has copies of all of them: an instance finds that out by its look-ups.
    for (const { token } of all) await lookUp(token);
    await untilFoundInRedis(b, await cookieOf(b, String(all[0]?.token)));

    const before = await found(b);
    let [revoked, refused] = [0, 0];
    const revokeAll = async ({ owner, others }: Owner) => {
      const cookie = await cookieOf(a, owner);
      for (const { token, handle } of others) {
        expect(await lookUp(token)).toBe(200);
        if (await revokeSession({ base: String(a?.url), cookie, handle })) revoked++;
        if ((await lookUp(token)) === 401) refused++;
      }
    };
    const queue = [...owners];
    const work = async () => {
      for (let next = queue.pop(); next; next = queue.pop()) await revokeAll(next);
    };
    await Promise.all([work(), work(), work()]);
    expect([revoked, refused]).toEqual([1000, 1000]);
    // Redis has answered before; on a busy machine it may miss some look-ups.
    await expect.poll(async () => (await found(b)) - before).toBeGreaterThan(800);
    await withConnection(database, (client) => client.query("DELETE FROM users WHERE email <> $1", [USER.email]));
  });

  test("a session that is ended on one instance is refused by the other at its next request", async () => {
    for (let times = 0; times < 5; times++) {
      const [[mine], [, others]] = [await logIn(), await logIn()];
      expect(await statusOf(b, "/api/session", others)).toBe(200);
      expect((await act("revokeOthers", mine)).status).toBe(200);
      expect(await statusOf(b, "/api/session", others)).toBe(401);
      expect(await statusOf(b, "/dashboard", others)).toBe(307);
    }
  });

  test("a changed name and email are seen by the other instance at its next request, without Postgres's triggers", async () => {
    const [mine, others] = await logIn();
    const seen = async () => (await (await get(b, "/api/session", others)).json()).user;
    const token = randomBytes(32).toString("base64url");
    await withConnection(database, async (client) => {
      await client.query("ALTER TABLE users DISABLE TRIGGER users_close_changed");
      await client.query(
        `INSERT INTO links (subject, token_hash, email, user_id, expires_at)
         SELECT 'change-email:' || id, sha256($1), 'zoe@example.com', id, now() + interval '1 hour' FROM users`,
        [token],
      );
      await client.query(
        "UPDATE users SET pending_email = 'zoe@example.com', pending_until = now() + interval '1 hour'",
      );
    });
    expect((await act("changeName", mine, "/account", [["name", "Zoë"]])).status).toBe(200);
    expect(await seen()).toMatchObject({ name: "Zoë", email: USER.email });
    await untilFoundInRedis(b, others);
    const confirmed = await act("finishEmailChange", mine, "/verify-email", [["token", token]]);
    expect(confirmed.headers.get("x-action-redirect")).toMatch(/^\/account/);
    expect(await seen()).toMatchObject({ name: "Zoë", email: "zoe@example.com" });

    await withConnection(database, async (client) => {
      await client.query("UPDATE users SET email = $1", [USER.email]);
      await client.query("ALTER TABLE users ENABLE TRIGGER users_close_changed");
      await client.query("UPDATE users SET name = 'Ada'");
    });
  });

  test("while Postgres is away, software is still answered, pages respond with 503, and no cookie is touched", async () => {
    const [mine] = await logIn();
    wire.swallow(true);
    for (const path of ["/api/session", "/api/verify"]) expect(await statusOf(a, path, mine)).toBe(200);
    const page = await get(a, "/dashboard", mine);
    expect([page.status, page.headers.getSetCookie()]).toEqual([503, []]);
    expect((await act("revokeOthers", mine)).status).toBe(503);
    expect((await get(a, "/api/session", mine.replace(/=Fe26[^;]{30}/, "=Fe26"))).status).not.toBe(200);

    wire.swallow(false);
    await expect.poll(() => statusOf(a, "/dashboard", mine)).toBe(200);
  });

  test("while Redis is away, pages are served and users can log in, and an ending that fails has not happened", async () => {
    const [[mine], [other]] = [await logIn(), await logIn()];
    await redis.kill();
    for (const path of ["/dashboard", "/api/session"]) expect(await statusOf(a, path, mine)).toBe(200);
    const fields = Object.entries(USER);
    const late = await postAction({ name: "login", path: "/login", fields, base: String(a?.url) });
    expect(late.headers.get("set-cookie")).toContain("Fe26");
    expect((await act("revokeOthers", mine)).status).toBe(503);
    expect(await statusOf(a, "/api/session", other)).toBe(200);

    await redis.start();
    await expect.poll(async () => (await act("revokeOthers", mine)).status).toBe(200);
    expect(await statusOf(a, "/api/session", other)).toBe(401);
    await untilFoundInRedis(a, mine);
  });

  test("an instance without REDIS_URL refuses to start beside them, in one sentence", async () => {
    const starting = startServer({ DATABASE_URL: wire.url });
    await expect(starting).rejects.toThrow("Other instances read this database's sessions from Redis: set REDIS_URL");
  });
});
