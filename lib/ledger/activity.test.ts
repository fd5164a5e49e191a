/** @module-tag time */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY } from "@/lib/env";
import { LOCALES } from "@/lib/i18n/compiled/locales";
import { END_REASONS } from "@/lib/session/ending";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { changeRole } from "@/lib/users/administration";
import { createUser } from "@/lib/users/store";
import { ENGLISH, wordsIn } from "@/lib/words";
import { withPlaces } from "@/testing/geo-file";
import { ageSessions } from "@/testing/sessions";
import {
  allActivity,
  allFullActivity,
  isByAdministrator,
  listActivity,
  listDevices,
  listFullActivity,
  searchActivity,
} from "./activity";
import { findFailingAddresses } from "./failing";
import { conditionOf, parseFilter } from "./filter";
import type { LineFilter } from "./lines";
import { record } from "./store";
import { describe } from "./words";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const ADMIN = { userAgent: FIREFOX, ipAddress: "198.51.100.7" };
const HERE = { userAgent: FIREFOX, ipAddress: "192.0.2.7" };

function newUser() {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Test", passwordHash: "none", role: "user" });
}

/** Starts a session, with the line of its log-in. */
async function logIn(user: { id: string }, previousToken: string | null = null) {
  return transaction(async (tx) => {
    const session = await sessionStore().create(tx, user, { ...HERE, publicComputer: false, previousToken });
    const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...HERE };
    await record(tx, { event: "authn_login_success", ...line });
    return session;
  });
}

test("if another user replaces a session in the same browser, its owner sees that and the address", async () => {
  const [owner, other] = [await newUser(), await newUser()];
  const { token } = await logIn(owner);
  await logIn(other, token);

  const { entries } = await listActivity(owner.id, { kind: "endings", before: null }, ENGLISH);
  expect(entries).toMatchObject([{ by: "somebody else", browser: "Firefox", address: "192.0.2.7" }]);
  expect(entries[0]?.what).toContain("someone else logged in");
});

test("an action of an administrator is shown without browser and address, in the file, too", async () => {
  const [user, admin] = [await newUser(), await newUser()];
  await changeRole(user.id, "admin", { userId: admin.id, note: "because", ...ADMIN });

  const [file] = await allActivity(user.id, { kind: null })
    .next()
    .then(({ value }) => value ?? []);
  const { entries } = await listActivity(user.id, { kind: null, before: null }, ENGLISH);
  for (const entry of [file, entries[0]])
    expect(entry).toMatchObject({ by: "an administrator", browser: null, system: null, address: null });
});

test('in the file of all users nobody is "you", and it says who did what, as the page does', async () => {
  const [user, admin] = [await newUser(), await newUser()];
  await logIn(user);
  await changeRole(user.id, "admin", { userId: admin.id, note: "because", ...ADMIN });
  await changeRole(user.id, "user", { userId: null, note: "because", ...ADMIN });

  const { value: file } = await allFullActivity(user.id, { kind: null }).next();
  expect(file).toMatchObject([
    { by: "the command line", byUser: null },
    { by: "an administrator", byUser: admin.email },
    { by: "the user", byUser: user.email },
  ]);
});

test("pages are in the language of their reader, and files are in English", async () => {
  const user = await newUser();
  const { handle } = await logIn(user);
  await sessionStore().end(db(), { userId: user.id, handles: [handle] }, "revoked", { ...HERE, userId: user.id });

  const { entries } = await listActivity(user.id, { kind: null, before: null }, wordsIn("ko"));
  expect(entries.map(({ what }) => what)).toEqual(["원격 로그아웃: Linux의 Firefox", "로그인"]);
  const { value: file } = await allActivity(user.id, { kind: null }).next();
  expect(file).toMatchObject([
    { what: "Logged out Firefox on Linux", by: "you" },
    { what: "Logged in", by: "you" },
  ]);
});

test("pages name the places of addresses, not those of administrators, and can be searched by them; files do not", async () => {
  const close = await withPlaces();
  const [user, admin] = [await newUser(), await newUser()];
  const line = { userId: user.id, byUserId: user.id, userAgent: FIREFOX };
  await record(db(), { event: "authn_login_success", ...line, ipAddress: "81.2.69.142" });
  await record(db(), { event: "authn_login_success", ...line, ipAddress: "192.0.2.7" });
  await changeRole(user.id, "admin", { userId: admin.id, note: "because", userAgent: null, ipAddress: "175.16.199.1" });

  const range = { kind: null, before: null };
  const { entries } = await listActivity(user.id, range, wordsIn("ko"));
  expect(entries.map(({ address, place }) => [address, place])).toEqual([
    [null, undefined],
    ["192.0.2.7", undefined],
    ["81.2.69.142", "영국 런던"],
  ]);
  expect((await listFullActivity(user.id, range, ENGLISH)).entries.map(({ place }) => place)).toEqual([
    "Seoul, South Korea",
    undefined,
    "London, United Kingdom",
  ]);

  const matches = conditionOf(parseFilter({ search: "london" }).filter, ENGLISH) ?? (() => true);
  expect((await searchActivity(user.id, range, matches, ENGLISH)).entries).toMatchObject([{ address: "81.2.69.142" }]);
  const { value: file } = await allActivity(user.id, { kind: null }, { matches, words: ENGLISH }).next();
  expect(file).toHaveLength(1);
  const { value: fullFile } = await allFullActivity(user.id, { kind: null }).next();
  expect(JSON.stringify([file, fullFile])).not.toMatch(/London|"place"/);
  close();
});

test("a deleted account is shown as deleted, in the reader's language", async () => {
  const userId = randomUUID();
  await record(db(), { event: "user_deleted", userId, byUserId: userId, ...HERE });

  const gone = async (locale: "en" | "ko") =>
    (await listFullActivity(userId, { kind: null, before: null }, wordsIn(locale))).entries;
  expect(await gone("en")).toMatchObject([{ what: "Account deleted", user: "a deleted account" }]);
  expect(await gone("ko")).toMatchObject([{ what: "계정 삭제", user: "삭제된 계정" }]);
});

test.each([
  ["/admin/users", "Access denied: /admin/users", "접근 거부: /admin/users"],
  ["a session of somebody else", "Access denied: someone else's session", "접근 거부: 다른 사용자의 세션"],
  ["constructor", "Access denied: constructor", "접근 거부: constructor"],
  [null, "Access denied", "접근 거부"],
])("a refusal names the place: %s", (detail, english, korean) => {
  const line = { event: "authz_fail", reason: null, note: null, userId: null, byUserId: null, sessionHandle: null };
  const ended = { endedBrowser: null, isOfDemonstration: false };
  const refusal = { id: "1", at: new Date(), userAgent: null, ipAddress: null, ...line, ...ended, detail };
  expect(describe(refusal, ENGLISH)).toBe(english);
  expect(describe(refusal, wordsIn("ko"))).toBe(korean);
});

test("the line of a revoked session names its browser", async () => {
  const user = await newUser();
  const { handle } = await logIn(user);
  await transaction((tx) =>
    sessionStore().end(tx, { userId: user.id, handles: [handle] }, "revoked", {
      userId: user.id,
      userAgent: null,
      ipAddress: null,
    }),
  );

  const { entries } = await listActivity(user.id, { kind: "endings", before: null }, ENGLISH);
  expect(entries.map(({ what }) => what)).toEqual(["Logged out Firefox on Linux"]);
});

test.each(LOCALES)("each reason for the end of a session has its own words (%s)", async (locale) => {
  const user = await newUser();
  for (const reason of END_REASONS) {
    const { token } = await logIn(user);
    await sessionStore().end(db(), { tokenHash: hashToken(token) }, reason, HERE);
  }

  const words = wordsIn(locale);
  const { entries } = await listActivity(user.id, { kind: "endings", before: null }, words);
  const browser = words.t("browser.named", { browser: "Firefox", system: "Linux" });
  const what = entries.map((entry) => entry.what.replace(`: ${browser}`, ""));
  expect(new Set(what).size).toBe(END_REASONS.length);
  expect(what).not.toContain(words.t("ledger.ended-unknown", { browser: "none" }));
});

test("entries are in the order of events on every page, even those that a sweep wrote later", async () => {
  const user = await newUser();
  const { token } = await logIn(user);
  const { token: swept, handle } = await logIn(user);
  await ageSessions({ handle }, { created: 40 * DAY, seen: 39 * DAY });
  await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", HERE);
  await sessionStore().sweep();
  expect(await sessionStore().find(swept)).toBeNull();

  const what: string[] = [];
  let next: string | null = null;
  do {
    const page = await listActivity(user.id, { kind: null, before: next ? BigInt(next) : null }, ENGLISH, 1);
    what.push(...page.entries.map((entry) => entry.what));
    next = page.next;
  } while (next);
  expect(what).toEqual(["Logged out", "Logged in", "Logged in", "Logged out Firefox on Linux (inactive)"]);
});

test("the ledger is searched by address, by range, by kind and by time, each with the others", async () => {
  const [user, other] = [await newUser(), await newUser()];
  const line = (ipAddress: string, { whose = user, event = "authn_login_success" as const, day = 1 } = {}) =>
    db().$executeRaw`
      INSERT INTO ledger (event, user_id, by_user_id, ip_address, at)
      VALUES (${event}, ${whose.id}::uuid, ${whose.id}::uuid, ${ipAddress}::inet, make_timestamptz(2026, 3, ${day}::int, 12, 0, 0, 'UTC'))`;
  await line("198.18.40.1", { day: 1 });
  await line("198.18.40.1", { day: 2, whose: other });
  await line("198.18.40.9", { day: 3 });
  await line("198.18.41.1", { day: 4 });
  await line("2001:db8:40::1", { day: 5 });
  // As retention shortens addresses.
  await line("198.18.40.0/24", { day: 6 });
  const days = async (userId: string | null, filter: LineFilter, size = 50) => {
    const found: number[] = [];
    let next: string | null = null;
    do {
      const before: bigint | null = next ? BigInt(next) : null;
      const page = await listFullActivity(userId, { ...filter, before }, ENGLISH, size);
      found.push(...page.entries.map(({ at }) => new Date(at).getUTCDate()));
      next = page.next;
    } while (next);
    return found;
  };
  const on = (day: number) => new Date(Date.UTC(2026, 2, day));

  expect(await days(null, { address: "198.18.40.1" }, 1)).toEqual([2, 1]);
  expect(await days(user.id, { address: "198.18.40.1" })).toEqual([1]);
  expect(await days(null, { address: "198.18.40.0/24" }, 2)).toEqual([6, 3, 2, 1]);
  expect(await days(user.id, { address: "198.18.40.0/23" })).toEqual([6, 4, 3, 1]);
  expect(await days(null, { address: "2001:db8:40::/48" })).toEqual([5]);
  expect(await days(null, { address: "198.18.40.0/24", kind: "sign-ins" }, 1)).toEqual([6, 3, 2, 1]);
  expect(await days(null, { address: "198.18.40.1", kind: "failures" })).toEqual([]);
  expect(await days(user.id, { since: on(3), until: on(5) })).toEqual([4, 3]);
  expect(await days(user.id, { since: on(1), until: on(6), kind: "sign-ins" }, 1)).toEqual([5, 4, 3, 1]);
  expect(await days(null, { address: "198.18.40.1", since: on(2), until: on(3) })).toEqual([2]);
  expect(await days(null, { address: "198.18.40.0/24", until: on(3) }, 1)).toEqual([2, 1]);
});

test("a range with too many lines to sort lists the same ones", async () => {
  const user = await newUser();
  // In parts, because the database has only a second for each statement.
  for (let from = 1; from <= 10_100; from += 1010)
    await db().$executeRaw`
      INSERT INTO ledger (event, user_id, ip_address, at)
      SELECT 'authn_login_success', ${user.id}::uuid, '198.19.0.0'::inet + n, now() - make_interval(secs => n)
        FROM generate_series(${from}::int, ${from + 1009}::int) AS n`;

  const { entries } = await listFullActivity(null, { address: "198.19.0.0/16", before: null }, ENGLISH, 3);
  expect(entries.map(({ address }) => address)).toEqual(["198.19.0.1", "198.19.0.2", "198.19.0.3"]);
});

test("the addresses with the most failed log-ins of the last 24 hours come first", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  for (const [address, whose, hours] of [
    ["198.18.50.1", ada, 1],
    ["198.18.50.2", ada, 23],
    ["198.18.50.2", bob, 2],
    ["198.18.50.2", bob, 3],
    ["198.18.50.3", bob, 25],
  ] as const)
    await db().$executeRaw`
      INSERT INTO ledger (event, user_id, ip_address, at)
      VALUES ('authn_login_fail', ${whose.id}::uuid, ${address}::inet, now() - make_interval(hours => ${hours}::int))`;

  const found = (await findFailingAddresses(100_000)).filter(({ address }) => address.startsWith("198.18.50."));
  expect(found).toEqual([
    { address: "198.18.50.2", failures: 3, accounts: 2 },
    { address: "198.18.50.1", failures: 1, accounts: 1 },
  ]);
});

test("a confirmation is not listed as a log-in, but is among all events, with how it was given or tried", async () => {
  const user = await newUser();
  const { handle } = await logIn(user);
  const line = { userId: user.id, byUserId: user.id, sessionHandle: handle, ...HERE };
  const confirmed = { event: "authn_login_success" as const, reason: "confirm", ...line };
  const failed = { event: "authn_login_fail" as const, reason: "confirm", ...line };
  for (const detail of ["pwd", "otp", "swk user mfa"]) await record(db(), { ...confirmed, detail });
  for (const detail of ["pwd", "otp", "passkey"]) await record(db(), { ...failed, detail });
  // Earlier versions did not write how.
  await record(db(), confirmed);
  await record(db(), failed);

  const what = async (kind: "sign-ins" | null) =>
    (await listActivity(user.id, { kind, before: null }, ENGLISH)).entries.map((entry) => entry.what);
  expect(await what("sign-ins")).toEqual(["Logged in"]);
  expect(await what(null)).toEqual([
    ...["Confirmation failed", "Identity confirmed"],
    ...["Confirmation by passkey failed", "Confirmation by code failed", "Confirmation by password failed"],
    ...["Identity confirmed by passkey", "Identity confirmed by code", "Identity confirmed by password"],
    "Logged in",
  ]);
});

test.each(["replaced", "logged-out"])(
  "a session that another user ended in the same browser does not count as ended by an administrator (%s)",
  (reason) => {
    const line = { event: "session_expired", reason, userId: randomUUID(), byUserId: randomUUID() };
    expect(isByAdministrator({ ...line, note: null })).toBe(false);
    expect(isByAdministrator({ ...line, note: "because" })).toBe(true);
    expect(isByAdministrator({ ...line, note: null, reason: "revoked" })).toBe(true);
  },
);

/** The condition of a filter for readers of English. */
function conditionFor(query: Record<string, string>) {
  return conditionOf(parseFilter(query).filter, ENGLISH) ?? (() => true);
}

test("no filter finds an administrator's action by the address or the browser that it hides", async () => {
  const [user, admin] = [await newUser(), await newUser()];
  const elsewhere = {
    userAgent: "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
    ipAddress: "198.51.100.7",
  };
  await changeRole(user.id, "admin", { userId: admin.id, note: "because", ...elsewhere });
  const onCommandLine = { userId: user.id, byUserId: null, note: "because", ...elsewhere };
  await record(db(), { event: "authz_change", reason: "user", ...onCommandLine });
  await logIn(user);

  expect(await listDevices(user.id)).toEqual([{ browser: "Firefox", system: "Linux" }]);
  const whatBy = async (query: Record<string, string>) => {
    const matches = conditionFor(query);
    const { entries } = await searchActivity(user.id, { kind: null, before: null }, matches, ENGLISH);
    const { value: file } = await allActivity(user.id, { kind: null }, { matches, words: ENGLISH }).next();
    expect(file).toEqual(entries);
    return entries.map(({ what }) => what);
  };
  expect(await whatBy({ address: "198.51.100.0/24" })).toEqual([]);
  expect(await whatBy({ device: "Firefox/Windows" })).toEqual([]);
  expect(await whatBy({ search: "Windows" })).toEqual([]);
  expect(await whatBy({ search: "because" })).toEqual(["Administrator role removed", "Administrator role added"]);
  expect(await whatBy({ device: "Firefox/Linux" })).toEqual(["Logged in"]);
});

test("a search goes through all entries page by page, and finds each match once, however rare matches are", async () => {
  const user = await newUser();
  await db().$executeRaw`
    INSERT INTO ledger (event, user_id, ip_address, at)
    SELECT 'authn_login_fail', ${user.id}::uuid, CASE WHEN n IN (1, 3000) OR n BETWEEN 20 AND 79 THEN inet '192.0.2.7' ELSE inet '192.0.2.8' END,
           now() - n * interval '1 second'
      FROM generate_series(1, 3000) AS n`;

  const counts: number[] = [];
  const seen = new Set<string>();
  let before: bigint | null = null;
  do {
    const matches = conditionFor({ address: "192.0.2.7" });
    const page: Awaited<ReturnType<typeof searchActivity>> = await searchActivity(
      user.id,
      { kind: "failures", before },
      matches,
      ENGLISH,
    );
    counts.push(page.entries.length);
    for (const { id } of page.entries) seen.add(id);
    before = page.next ? BigInt(page.next) : null;
  } while (before);
  expect(counts).toEqual([50, 11, 1]);
  expect(seen.size).toBe(62);
});

test("a day's entries end with its last moment, on later pages, too", async () => {
  const user = await newUser();
  const [since, until] = [new Date("2026-01-31T00:00:00Z"), new Date("2026-02-01T00:00:00Z")];
  for (const at of [since.getTime() - 1, since.getTime(), until.getTime() - 1, until.getTime(), until.getTime() + 1])
    await db().ledgerLine.create({ data: { event: "authn_login_fail", userId: user.id, at: new Date(at) } });

  for (const kind of [null, "failures"] as const) {
    const times: string[] = [];
    let before: bigint | null = null;
    do {
      const page: Awaited<ReturnType<typeof listActivity>> = await listActivity(
        user.id,
        { kind, since, until, before },
        ENGLISH,
        1,
      );
      times.push(...page.entries.map(({ at }) => at));
      before = page.next ? BigInt(page.next) : null;
    } while (before);
    expect(times).toEqual(["2026-01-31T23:59:59.999Z", "2026-01-31T00:00:00.000Z"]);
  }

  const { id } = await db().ledgerLine.findFirstOrThrow({
    where: { userId: user.id, at: new Date(until.getTime() + 1) },
    select: { id: true },
  });
  const { entries } = await listActivity(user.id, { kind: null, since, until, before: id }, ENGLISH);
  expect(entries.map(({ at }) => at)).toEqual(["2026-01-31T23:59:59.999Z", "2026-01-31T00:00:00.000Z"]);
});
