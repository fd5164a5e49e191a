/** @module-tag time */
import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { env } from "@/lib/env";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import type { User } from "@/lib/session/store/contract";
import { hashToken, newToken } from "@/lib/session/token";
import { mailTo, permitTry } from "@/lib/throttle/store";
import { changeRole } from "@/lib/users/administration";
import { createOneTimeToken } from "@/lib/users/one-time-tokens";
import { startRecovery } from "@/lib/users/recoveries";
import { createUser } from "@/lib/users/store";
import { createSession } from "@/testing/sessions";
import { browserSubject } from "./authenticate";
import { rememberBrowser, trustBrowser } from "./device";
import { ownData } from "./own-data";
import { insertPasskey, recordSignature } from "./passkeys/store";
import { renewRecoveryCodes } from "./second-factor/recovery-codes";
import { bindTrust } from "./trusted-key";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** A column that is deliberately not in the file, and why. */
type Out = { out: string };

const SECRET = { out: "a secret, or a hash of one" };
const OWNER = { out: "the user, whose id is in the account" };
const COUNT = { out: "a count of changes, for comparison" };
const OF_ADMINISTRATOR = { out: "may be an administrator's" };

/** Where each column with data about a user is in the file. A new column needs an entry. */
const COLUMNS: Record<string, Record<string, string | Out>> = {
  users: {
    id: "account.id",
    email: "account.email",
    name: "account.name",
    password_hash: SECRET,
    role: "account.role",
    disabled_at: "account.disabledAt",
    locale: "account.locale",
    time_zone: "account.timeZone",
    has_second_factor: "account.hasSecondFactor",
    factor_version: COUNT,
    pending_email: "account.pendingEmail",
    pending_until: "account.pendingUntil",
    seen_line: "account.seenLine",
    answered_lines: "account.answeredLines",
    created_at: "account.createdAt",
    search: { out: "made from email and name, to find them" },
  },
  sessions: {
    token_hash: SECRET,
    handle: "sessions.0.handle",
    mark: SECRET,
    user_id: OWNER,
    public_computer: "sessions.0.publicComputer",
    demonstration: "sessions.0.demonstration",
    user_agent: "sessions.0.userAgent",
    ip_address: "sessions.0.ipAddress",
    last_ip_address: "sessions.0.lastIpAddress",
    name: "sessions.0.name",
    amr: "sessions.0.amr",
    level: "sessions.0.level",
    confirmed_at: "sessions.0.confirmedAt",
    confirmed_until: "sessions.0.confirmedUntil",
    created_at: "sessions.0.createdAt",
    last_seen_at: "sessions.0.lastSeenAt",
    bound_at: "sessions.0.boundAt",
    proof_key: { out: "a random public key, which says nothing about the user" },
    proved_at: { out: "about as old as last_seen_at" },
    proof_seen_at: { out: "the same" },
    rotation: { out: "the number of cookies that the browser has had, and since when" },
  },
  passkeys: {
    id: { out: "a number by which its device finds it" },
    user_id: OWNER,
    public_key: { out: "a number to check its signatures with" },
    counter: { out: "a number of its device" },
    transports: "passkeys.0.transports",
    name: "passkeys.0.name",
    synced: "passkeys.0.synced",
    user_agent: "passkeys.0.userAgent",
    ip_address: "passkeys.0.ipAddress",
    created_at: "passkeys.0.createdAt",
    last_used_at: "passkeys.0.lastUsedAt",
  },
  challenges: {
    hash: SECRET,
    purpose: { out: "a question to a passkey, which is worthless after five minutes" },
    user_id: OWNER,
    session_handle: { out: "as purpose" },
    browser_hash: SECRET,
    expires_at: { out: "as purpose" },
  },
  known_browsers: {
    device_hash: SECRET,
    user_id: OWNER,
    last_login_at: "knownBrowsers.0.lastLoginAt",
    handle: "knownBrowsers.0.handle",
    trusted_at: "knownBrowsers.0.trustedAt",
    trusted_until: "knownBrowsers.0.trustedUntil",
    user_agent: "knownBrowsers.0.userAgent",
    trusted_key: { out: "a random public key, which says nothing about the user" },
    key_proved_at: { out: "about as old as last_login_at" },
  },
  totp: {
    user_id: OWNER,
    secret: SECRET,
    confirmed_at: "authenticatorApp.confirmedAt",
    last_step: "authenticatorApp.lastStep",
    last_used_at: "authenticatorApp.lastUsedAt",
    failures: "authenticatorApp.failures",
    new_secret: SECRET,
    new_session: "authenticatorApp.newSession",
    new_at: "authenticatorApp.newAt",
  },
  recovery_codes: {
    user_id: OWNER,
    code_hash: SECRET,
    created_at: "recoveryCodes.0.createdAt",
  },
  factor_recoveries: {
    user_id: OWNER,
    started_at: "recovery.startedAt",
    due_at: "recovery.dueAt",
    told_at: "recovery.toldAt",
    sent_at: "recovery.sentAt",
    stopped_at: "recovery.stoppedAt",
    is_disputed: "recovery.isDisputed",
    user_agent: "recovery.userAgent",
    ip_address: "recovery.ipAddress",
  },
  links: {
    subject: { out: "its kind is in the file; the rest is the user's id or the number of an email" },
    token_hash: SECRET,
    email: "links.0.email",
    user_id: OWNER,
    session_handle: "links.0.sessionHandle",
    name: { out: "only in links of accounts that do not exist yet" },
    password_hash: SECRET,
    amr: "links.0.amr",
    factor_version: COUNT,
    expires_at: "links.0.expiresAt",
  },
  mails: {
    id: { out: "a number of the queue" },
    recipient: "emails.0.recipient",
    kind: "emails.0.kind",
    details: { out: "may hold a password hash, or where an administrator is; the ledger has the event" },
    created_at: "emails.0.createdAt",
    due_at: { out: "about the delivery, not the user" },
    attempts: { out: "about the delivery, not the user" },
  },
  throttles: {
    key: { out: "its scope is in the file; the rest may be another person's address, or a hash" },
    level: "attempts.0.level",
    failures: "attempts.0.failures",
    free_at: "attempts.0.freeAt",
    tried_at: "attempts.0.triedAt",
  },
  daily_counts: {
    id: { out: "a number of a row" },
    user_id: OWNER,
    since: "sums.0.since",
    day: { out: "the day of since" },
    sign_ins: "sums.0.signIns",
    failures: "sums.0.failures",
  },
  ledger: {
    id: "activity.0.id",
    at: "activity.0.at",
    event: "activity.0.event",
    user_id: OWNER,
    by_user_id: OF_ADMINISTRATOR,
    session_handle: OF_ADMINISTRATOR,
    session_mark: SECRET,
    reason: "activity.0.reason",
    detail: { out: "in words, in what" },
    note: "activity.1.note",
    ip_address: "activity.0.address",
    user_agent: { out: "in words, in browser and system" },
  },
};

/** Tables without data about a user. */
const OTHERS = {
  hourly_counts: "sums of all users",
  origin: "where the database is",
  session_buckets: "which parts of the sessions Redis may answer for",
  _prisma_migrations: "the state of the schema",
};

async function newUser(): Promise<User> {
  const name = `Ada ${randomUUID()}`;
  const { id, email } = await createUser({
    email: `${randomUUID()}@example.com`,
    name,
    passwordHash: `secret ${randomUUID()}`,
    role: "user",
  });
  return { id, email, name, role: "user" };
}

/** A user with a row in every table and a value in every column, and the secrets that belong to them. */
async function fullUser(): Promise<{ user: User; secrets: string[] }> {
  const user = await newUser();
  const userId = user.id;
  const client = { userAgent: FIREFOX, ipAddress: "192.0.2.7" };
  const device = newToken();
  const token = await createSession(user, { ...client, publicComputer: true, previousToken: null });
  const { handle } = await db().session.findFirstOrThrow({ where: { userId }, select: { handle: true } });
  await db()
    .$executeRaw`UPDATE sessions SET name = 'Desk', last_ip_address = '192.0.2.8', bound_at = now(), proved_at = now(), proof_seen_at = now(),
                                     proof_key = '{}', rotation = '{}' WHERE user_id = ${userId}::uuid`;
  await db().$executeRaw`
    UPDATE users SET locale = 'ko', time_zone = 'Asia/Seoul', pending_email = ${`new-${user.email}`}, pending_until = now() + interval '1 day',
                     disabled_at = now(), seen_line = 7, answered_lines = '{9}' WHERE id = ${userId}::uuid`;
  await rememberBrowser(db(), userId, device);
  await trustBrowser(db(), userId, device, FIREFOX);
  await bindTrust(userId, device, { kty: "EC", crv: "P-256", x: "x".repeat(43), y: "y".repeat(43) });
  await db().$executeRaw`
    INSERT INTO totp (user_id, secret, confirmed_at, last_step, last_used_at, failures, new_secret, new_session, new_at)
    VALUES (${userId}::uuid, 'secret of the app', now(), 7, now(), 3, 'new secret of the app', ${handle}::uuid, now())`;
  const [code = ""] = await renewRecoveryCodes(db(), userId);
  const key = {
    id: newToken(),
    publicKey: new Uint8Array(9),
    counter: 0,
    transports: ["usb"],
    name: "Key",
    synced: true,
  };
  await insertPasskey(db(), userId, key, client);
  await recordSignature(key.id, { counter: 1, synced: true });
  await startRecovery(db(), user, client);
  await db()
    .$executeRaw`UPDATE factor_recoveries SET sent_at = now(), stopped_at = now() WHERE user_id = ${userId}::uuid`;
  const to = { email: user.email, userId, sessionHandle: handle };
  const link = await createOneTimeToken({ kind: "not-me", about: randomUUID(), amr: ["pwd"], ...to });
  await enqueue(db(), user.email, { kind: "sign-up", details: { name: "Eve", passwordHash: "hash of Eve" } });
  await permitTry([["account", user.email]]);
  const line = { userId, byUserId: userId, sessionHandle: handle, reason: "new-browser", detail: "3", ...client };
  // A line with a note is by an administrator, and shows no address.
  await record(db(), { event: "user_updated", note: "because", ...line });
  await record(db(), { event: "authn_login_success", ...line });
  await db().$executeRaw`UPDATE daily_counts SET failures = 2 WHERE user_id = ${userId}::uuid`;

  const { passwordHash } = await db().user.findUniqueOrThrow({ where: { id: userId }, select: { passwordHash: true } });
  const hashes = [token, device, link].map((secret) => Buffer.from(hashToken(secret)));
  const written = hashes.flatMap((hash) => (["hex", "base64", "base64url"] as const).map((as) => hash.toString(as)));
  return { user, secrets: [token, device, link, code, key.id, "of the app", passwordHash, "hash of Eve", ...written] };
}

async function textOf(user: User): Promise<string> {
  const parts: string[] = [];
  for await (const part of await ownData(user)) parts.push(part);
  return parts.join("");
}

async function fileOf(user: User) {
  return JSON.parse(await textOf(user));
}

function at(file: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], file);
}

test("every column of every table is in the file, or is left out for a reason", async () => {
  const rows = await db().$queryRaw<{ table: string; column: string }[]>`
    SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns c
      JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'`;
  const there = rows.filter(({ table }) => !(table in OTHERS)).map(({ table, column }) => `${table}.${column}`);
  const listed = Object.entries(COLUMNS).flatMap(([table, columns]) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  );

  expect(listed.sort()).toEqual(there.sort());
});

test("the file has what the tables have about the user", async () => {
  const { user } = await fullUser();
  const file = await fileOf(user);
  const rowsOf = async (table: string) => {
    const whose = {
      users: "id = $1::uuid",
      mails: "recipient = $2",
      throttles: "key = 'account:' || $2",
      ledger: "user_id = $1::uuid ORDER BY id DESC",
    }[table];
    const rows = await db().$queryRawUnsafe<{ row: Record<string, unknown> }[]>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ($1 || $2) IS NOT NULL AND ${whose ?? "user_id = $1::uuid"}`,
      user.id,
      user.email,
    );
    return rows.map(({ row }) => row);
  };

  for (const [table, columns] of Object.entries(COLUMNS)) {
    const rows = await rowsOf(table);
    for (const [column, path] of Object.entries(columns)) {
      if (typeof path !== "string") continue;
      const stored = rows.map((row) => row[column]).find((value) => value !== null);
      expect(stored, `the test fills in ${table}.${column}`).toBeDefined();
      const isTime = typeof stored === "string" && /^\d{4}-\d\d-\d\dT/.test(stored);
      expect(String(at(file, path)), path).toBe(isTime ? new Date(stored).toISOString() : String(stored));
    }
  }
});

test("the file begins with the version of its format, the time and the site", async () => {
  const before = Date.now();
  const { format, made, site } = await fileOf(await newUser());

  expect([format, site]).toEqual([1, env().APP_URL.origin]);
  expect(made).toBe(new Date(made).toISOString());
  expect(Math.abs(Date.parse(made) - before)).toBeLessThan(60_000);
});

test("the file has no token, no password hash and no hash of a secret", async () => {
  const { user, secrets } = await fullUser();
  const device = newToken();
  await permitTry([browserSubject(user.email, device)]);
  const text = await textOf(user);

  const hash = Buffer.from(hashToken(device)).toString("base64url");
  for (const secret of [...secrets, device, hash]) expect(text).not.toContain(secret);
});

test("the file has nothing about another user", async () => {
  const [{ user }, { user: other }] = [await fullUser(), await fullUser()];
  const text = await textOf(user);

  for (const part of [other.id, other.email, other.name]) expect(text).not.toContain(part);
  const handles = await db().session.findMany({ where: { userId: other.id }, select: { handle: true } });
  for (const { handle } of handles) expect(text).not.toContain(handle);
});

test("the file has the tallies about the account, also of its sessions, but none about an address that it only wants", async () => {
  const { user } = await fullUser();
  const wanted = `new-${user.email}`;
  const { handle } = await db().session.findFirstOrThrow({ where: { userId: user.id }, select: { handle: true } });
  await permitTry([["confirm", handle]]);
  await permitTry(mailTo("reset", user.email, "198.51.100.9"));
  await permitTry(mailTo("change-email", wanted, "198.51.100.9"));
  const text = await textOf(user);

  const scopes = JSON.parse(text).attempts.map(({ scope }: { scope: string }) => scope);
  expect(scopes.sort()).toEqual(["account", "confirm", "mailbox", "mails"]);
  expect(text).not.toContain("198.51.100.9");
});

test("an email about the user to another address is in the file", async () => {
  const user = await newUser();
  const wanted = `new-${user.email}`;
  await enqueue(db(), wanted, { kind: "change-email", details: { userId: user.id } });

  expect((await fileOf(user)).emails).toMatchObject([{ kind: "change-email", recipient: wanted }]);
});

test("a link in the file has the time at which it was sent", async () => {
  const user = await newUser();
  await createOneTimeToken({ kind: "reset", about: user.id, email: user.email, userId: user.id });
  const { made, links } = await fileOf(user);

  expect(links).toMatchObject([{ kind: "reset" }]);
  expect(Date.parse(links[0].expiresAt) - Date.parse(links[0].createdAt)).toBe(30 * 60_000);
  expect(Math.abs(Date.parse(links[0].createdAt) - Date.parse(made))).toBeLessThan(60_000);
});

test("the file does not say where an administrator is", async () => {
  const [user, admin] = [await newUser(), await newUser()];
  const client = { userAgent: FIREFOX, ipAddress: "198.51.100.7" };
  await changeRole(user.id, "admin", { userId: admin.id, note: "because", ...client });
  const text = await textOf(user);

  expect(JSON.parse(text).activity).toMatchObject([{ by: "an administrator", note: "because", address: null }]);
  for (const part of ["198.51.100.7", "Firefox", admin.id, admin.email]) expect(text).not.toContain(part);
});

test("the file has all entries of a long history, the newest first", async () => {
  const user = await newUser();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, by_user_id, at)
    SELECT 'user_updated', ${user.id}::uuid, ${user.id}::uuid, now() - make_interval(secs => n) FROM generate_series(1, 2500) AS n`;
  const { activity } = await fileOf(user);

  const times = activity.map((entry: { at: string }) => entry.at);
  expect(times).toHaveLength(2500);
  expect(times).toEqual(times.toSorted().reverse());
});

test("an account that was just deleted gives a file without it", async () => {
  const user = {
    id: randomUUID(),
    email: `${randomBytes(8).toString("hex")}@example.com`,
    name: "",
    role: "user",
  } as const;

  expect(await fileOf(user)).toMatchObject({ account: null, sessions: [], activity: [] });
});
