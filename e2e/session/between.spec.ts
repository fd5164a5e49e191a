import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { expect, newSession, test } from "@/e2e/support/fixtures";
import { db, transaction } from "@/lib/db";
import { DAY } from "@/lib/env";
import { hashPassword } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { createOneTimeToken } from "@/lib/users/one-time-tokens";
import { cookieName } from "@/testing/cookie-name";
import { createDatabase } from "@/testing/databases";
import { actionNumber, fromSomewhere, postLogin } from "@/testing/post-action";
import { startServer, type TestServer } from "@/testing/server";
import { ageSessions } from "@/testing/sessions";
import { isByItself } from "@/testing/statements";
import { type Wire, wireTo } from "@/testing/wire";

const PASSWORD = "correct horse battery staple";
const BASE = String(process.env.APP_URL);

test.describe("when something happens during a log-in", () => {
  // These tests have their own wire and database, so their failures do not affect other tests.
  test.describe.configure({ mode: "serial" });
  let wire: Wire;
  let server: TestServer;
  let admin: Client;

  test.beforeAll(async () => {
    const database = await createDatabase(String(process.env.DATABASE_URL), "between");
    admin = new Client(database);
    await admin.connect();
    wire = await wireTo(database);
    server = await startServer({ DATABASE_URL: wire.url, VERIFY_RULES: "wiki.example.com/boss admin" });
  });

  test.afterAll(async () => {
    await server.stop();
    wire.close();
    await admin.end();
  });

  test("right passwords during an outage do not count as guesses: no throttling, no notice to the owner", async () => {
    const { id, fields, email } = await newAccount();
    await admin.query("BEGIN; LOCK TABLE sessions");
    const during = await Promise.all(Array.from({ length: 5 }, () => postLogin(fields, server.url)));
    await admin.query("ROLLBACK");

    expect(during.map(({ status, isIn }) => [status, isIn])).toEqual(during.map(() => [503, false]));
    expect(await postLogin(fields, server.url)).toMatchObject({ isIn: true });
    const lines = await rows("SELECT event, detail FROM ledger WHERE user_id = $1", [id]);
    expect(lines).toEqual([{ event: "authn_login_success", detail: "pwd" }]);
    const mails = await rows("SELECT details->'failures' AS failures FROM mails WHERE recipient = $1", [email]);
    for (const mail of mails) expect(mail).toEqual({ failures: 0 });
  });

  test("an outage after the session has started does not fail the log-in, and its counted try is taken back later", async () => {
    const { fields } = await newAccount();
    // Refuse to take a try back, with the error of a Postgres that is shutting down.
    await admin.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'shutting down' USING ERRCODE = 'admin_shutdown'; END $$;
      CREATE TRIGGER refuses BEFORE UPDATE ON throttles FOR EACH ROW WHEN (NEW.level < OLD.level) EXECUTE FUNCTION refuse()`);
    const address = `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}`;
    const from = { "X-Forwarded-For": `${address}::1` };
    const answer = await postForm(server.url, { name: "login", path: "/login", fields, headers: from });
    expect(answer.status).toBeLessThan(400);
    expect(answer.headers.get("set-cookie")).toContain("=Fe26");

    await admin.query("DROP TRIGGER refuses ON throttles; DROP FUNCTION refuse");
    await expect
      .poll(async () =>
        rows(
          "SELECT level FROM throttles WHERE key LIKE 'address:%' AND level > 0.5 AND key LIKE '%::/64' AND tried_at > now() - interval '1 minute'",
          [],
        ),
      )
      .toEqual([]);
  });

  test("a log-in is refused if its account is deleted or disabled meanwhile, or gets another email or password", async () => {
    for (const change of [
      "DELETE FROM users WHERE id = $1",
      "UPDATE users SET disabled_at = now() WHERE id = $1",
      "UPDATE users SET email = 'moved-' || email WHERE id = $1",
      "UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1",
    ]) {
      const { id, fields } = await newAccount();
      await admin.query("BEGIN");
      await admin.query(change, [id]);
      const answer = postLogin(fields, server.url);
      await expect.poll(() => waiting(), { intervals: [10] }).toBe(1);
      await admin.query("COMMIT");

      expect(await answer, change).toMatchObject({ status: 200, isIn: false });
      expect(await rows("SELECT 1 FROM sessions WHERE user_id = $1", [id])).toEqual([]);
    }
  });

  test("a stored password that is not a bcrypt hash counts as a wrong password, and the log says so", async () => {
    const { fields } = await newAccount("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g");
    expect(await postLogin(fields, server.url)).toMatchObject({ status: 200, isIn: false });
    expect(server.said()).toContain("A stored password hash is not one of bcrypt");
  });

  test("a log-in from a new browser makes at most 6 round trips to the database", async () => {
    const { fields } = await newAccount();
    await postLogin(fields, server.url);
    const { fields: others } = await newAccount();
    wire.statements.length = 0;
    wire.trips.length = 0;
    expect(await postLogin(others, server.url)).toMatchObject({ isIn: true });

    const all = wire.trips
      .filter((trip) => !trip.every(isByItself))
      .map((trip) => trip.map(({ sql }) => sql.trim().split(/\s+/).slice(0, 4).join(" ")));
    // After the COMMIT come the reads of the page to which the log-in leads.
    const own = all.slice(0, all.findIndex((trip) => trip.includes("COMMIT")) + 1);
    expect(own.length, own.join("\n")).toBeGreaterThan(3);
    // One more takes the counted try back, after the response.
    await expect.poll(() => wire.statements.filter(({ name }) => name === "give_back_tries").length).toBe(1);
    expect(own.length + 1, own.join("\n")).toBeLessThanOrEqual(6);
  });

  test("logging in works if the database is 200 ms away", async () => {
    const { fields } = await newAccount();
    await postLogin(fields, server.url);
    const { fields: others } = await newAccount();
    wire.delay(100);
    const answer = await postLogin(others, server.url);
    wire.delay(0);

    expect(answer).toMatchObject({ isIn: true });
  });

  test("a refusal at an application is recorded with its host name, never with one that a client invented", async () => {
    const { id, fields } = await newAccount();
    const answer = await postForm(server.url, { name: "login", path: "/login", fields, headers: fromSomewhere() });
    const Cookie = answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";", 1)[0])
      .join("; ");
    for (const host of ["wiki.example.com", "Somebody's <name>"]) {
      const asked = { "X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host };
      const headers = { Cookie, ...asked, "X-Forwarded-Uri": "/boss/plans" };
      expect((await fetch(`${server.url}/api/verify`, { headers })).status).toBe(403);
    }
    const lines = await rows("SELECT detail FROM ledger WHERE user_id = $1 AND event = 'authz_fail' ORDER BY id", [id]);
    expect(lines).toEqual([{ detail: "wiki.example.com" }, { detail: "an application" }]);
  });

  async function newAccount(passwordHash?: string) {
    const [id, email] = [randomUUID(), `${randomUUID()}@example.com`];
    const values = [id, email, passwordHash ?? (await hashPassword(PASSWORD))];
    await admin.query("INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Ada', $3)", values);
    return { id, email, fields: Object.entries({ email, password: PASSWORD }) };
  }

  async function rows(text: string, values: unknown[]): Promise<unknown[]> {
    return (await admin.query(text, values)).rows;
  }

  /** The number of the server's statements that wait for a lock. */
  async function waiting(): Promise<number> {
    const [row] = await rows(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = 'between' AND wait_event_type = 'Lock'",
      [],
    );
    return (row as { count: number }).count;
  }
});

type Form = { name: string; path: string; fields: [string, string][]; headers: Record<string, string> };

/** Posts these fields as the client-side code of a form does, with these headers. */
async function postForm(base: string, { name, path, fields, headers }: Form): Promise<Response> {
  const form = new FormData();
  for (const [field, value] of fields) form.append(`_1_${field}`, value);
  form.append("0", '[{},"$K1"]');
  return fetch(base + path, {
    method: "POST",
    headers: { Origin: base, "Next-Action": actionNumber(name), ...headers },
    body: form,
    redirect: "manual",
  });
}

test("each refused page, export and action is recorded in the ledger, up to a limit", async ({ user }) => {
  const headers = { Cookie: `${cookieName()}=${await newSession(user)}`, ...fromSomewhere() };
  const get = (path: string) => fetch(BASE + path, { headers, redirect: "manual" });
  const lines = () =>
    db().ledgerLine.findMany({
      where: { userId: user.id, event: "authz_fail" },
      orderBy: { id: "asc" },
      select: { detail: true, byUserId: true },
    });

  expect((await get("/admin/users/0198c5a2-8f4e-4c3b-9d5a-1f2e3d4c5b6a?search=ada")).status).toBe(403);
  expect((await get("/admin/activity/export")).status).toBe(403);
  await postForm(BASE, { name: "createUser", path: "/admin/users/new", fields: [["email", "x"]], headers });
  expect(await lines()).toEqual(
    ["/admin/users", "/admin/activity", "/admin/users"].map((detail) => ({ detail, byUserId: user.id })),
  );

  for (let visit = 0; visit < 25; visit++) await get("/admin");
  expect(await lines()).toHaveLength(20);
});

test("a request for another user's session looks like one for an unknown session, and is recorded", async ({
  user,
}) => {
  const other = await newOther();
  const headers = { Cookie: `${cookieName()}=${await newSession(user)}`, ...fromSomewhere() };
  for (const handle of [other.handle, randomUUID()]) {
    const fields = Object.entries({ handle, name: "Mine" });
    const answer = await postForm(BASE, { name: "rename", path: "/sessions", fields, headers });
    expect(await answer.text()).toContain("This device is already logged out.");
  }
  const lines = await db().ledgerLine.findMany({ where: { userId: user.id, event: "authz_fail" } });
  expect(lines.map(({ detail }) => detail)).toEqual(["a session of somebody else"]);
});

test("logging in over another user's session is recorded for its owner, as someone else's act and with the address", async ({
  user,
}) => {
  const from = { "X-Forwarded-For": "2001:db8:b0b:5::1" };
  const headers = { Cookie: `${cookieName()}=${await newSession(user)}`, ...from };
  const { email } = await newOther();
  const fields = Object.entries({ email, password: PASSWORD });
  await postForm(BASE, { name: "login", path: "/login", fields, headers });

  const owner = { Cookie: `${cookieName()}=${await newSession(user)}` };
  const entries = await (await fetch(`${BASE}/activity/export?format=json&kind=endings`, { headers: owner })).json();
  expect(entries).toMatchObject([{ by: "somebody else", address: from["X-Forwarded-For"] }]);
  expect(entries[0].what).toContain("Logged out (someone else logged in)");
});

test("logging out of an expired session is recorded as idle, not as a logout", async ({ user }) => {
  const cookie = await newSession(user);
  await ageSessions({ userId: user.id }, { created: 9 * DAY, seen: 8 * DAY });
  const answer = await fetch(`${BASE}/logout/end`, {
    method: "POST",
    headers: { Cookie: `${cookieName()}=${cookie}`, Origin: BASE },
    redirect: "manual",
  });
  expect(answer.status).toBe(303);

  const [line] = await db().ledgerLine.findMany({ where: { userId: user.id } });
  expect(line).toMatchObject({ reason: "idle", byUserId: null, ipAddress: null });
  expect(Date.now() - Number(line?.at)).toBeGreaterThan(23 * 3_600_000);
});

test("the current password is refused as a new one, on the account page and by a reset link", async ({ user }) => {
  const headers = { Cookie: `${cookieName()}=${await newSession(user)}`, ...fromSomewhere() };
  const fields = Object.entries({ current: user.password, password: user.password });
  const changed = await postForm(BASE, { name: "changePassword", path: "/account", fields, headers });
  expect(await changed.text()).toContain("That is already your password");

  const token = await createOneTimeToken({ kind: "reset", about: user.id, email: user.email, userId: user.id });
  const chosen = Object.entries({ token, password: user.password });
  const reset = await postForm(BASE, {
    name: "choosePassword",
    path: "/reset-password",
    fields: chosen,
    headers: fromSomewhere(),
  });
  expect(await reset.text()).toContain("That is already your password");
  expect(await db().session.count({ where: { userId: user.id } })).toBe(1);
});

/** Creates another account, with a session. */
async function newOther() {
  const email = `${randomUUID()}@example.com`;
  const { id } = await db().user.create({
    data: { email, name: "Grace", passwordHash: await hashPassword(PASSWORD), role: "user" },
    select: { id: true },
  });
  const browser = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };
  const { handle } = await transaction((tx) => sessionStore().create(tx, { id }, browser));
  return { email, handle };
}
