import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { type LedgerEvent, record } from "@/lib/ledger/store";
import { sessionStore } from "@/lib/session/store";
import { createUser } from "@/lib/users/store";
import { city, LONDON, SEOUL, withPlaces } from "@/testing/geo-file";
import { ageSessions, createSession } from "@/testing/sessions";
import { findFarApart, isTooFar, kilometresBetween } from "./far-apart";

const [IN_LONDON, IN_SEOUL, IN_PARIS, IN_SYDNEY] = ["81.2.69.142", "175.16.199.7", "67.43.156.1", "89.160.20.1"];
const NOWHERE = "198.51.100.1";

let close: () => void;

beforeAll(async () => {
  close = await withPlaces({
    "81.2.69.0/24": LONDON,
    "175.16.199.0/24": SEOUL,
    "67.43.156.0/24": city({ en: "Paris" }, "FR", [48.8566, 2.3522], 20),
    "89.160.20.0/24": city({ en: "Sydney" }, "AU", [-33.8688, 151.2093], 20),
    // A database of countries has no coordinates.
    "216.160.83.0/24": { country: { iso_code: "US" } },
  });
});

afterAll(() => close());

function point(latitude: number, longitude: number, radius = 0) {
  return { latitude, longitude, radius };
}

async function newUser() {
  const email = `${randomUUID()}@example.com`;
  return createUser({ email, name: "Test", passwordHash: "none", role: "user" });
}

type User = Awaited<ReturnType<typeof newUser>>;

/** Starts a session that was last used from this address, this long ago. */
async function use(user: User, ipAddress: string, ago: number): Promise<void> {
  const client = { userAgent: "Test", ipAddress, publicComputer: false, previousToken: null };
  await ageSessions({ token: await createSession(user, client) }, { created: DAY, seen: ago });
}

/** Writes a line of the ledger, about an event this long ago. */
async function happened(user: User, event: LedgerEvent, ipAddress: string, ago: number, detail?: string) {
  const by = { userId: user.id, byUserId: user.id, userAgent: "Test", ipAddress };
  const at = new Date(Date.now() - ago);
  await db().ledgerLine.create({ data: { event, at, ...by, ...(detail && { detail }) } });
}

async function logIn(user: User, ipAddress: string) {
  const { sessions, now } = await sessionStore().list({ id: user.id, role: "user" });
  const before = sessions.map((session) => ({ ...session, now }));
  return transaction((tx) => findFarApart(tx, user.id, ipAddress, Promise.resolve({ before })));
}

test("distances are those of a great circle, across the date line and to the other side of the earth", () => {
  expect(kilometresBetween(point(51.5142, -0.0931), point(37.566, 126.9784))).toBeCloseTo(8854, -1);
  expect(kilometresBetween(point(0, 179.5), point(0, -179.5))).toBeCloseTo(111.2, 1);
  expect(kilometresBetween(point(90, 0), point(-90, 77))).toBeCloseTo(20015, 0);
  expect(kilometresBetween(point(10, 20), point(10, 20))).toBe(0);
});

test("two places are too far apart if no airliner flies that fast, and not a millisecond later", () => {
  const kilometres = kilometresBetween(point(0, 0), point(0, 9));
  const time = (kilometres / 900) * HOUR;
  expect(isTooFar(point(0, 0), point(0, 9), time - 1)).toBe(true);
  expect(isTooFar(point(0, 0), point(0, 9), time + 1)).toBe(false);
});

test("places less than 300 kilometres apart are never too far, nor are those that may be that near", () => {
  // A degree of the equator is 111.2 km.
  expect(isTooFar(point(0, 0), point(0, 2.6), 0)).toBe(false);
  expect(isTooFar(point(0, 0), point(0, 2.8), 0)).toBe(true);
  expect(isTooFar(point(0, 0, 10), point(0, 2.8, 20), 0)).toBe(false);
  expect(isTooFar(point(0, 0, 1000), point(0, 9), 0)).toBe(false);
});

test("a log-in is too far from a session in use on another continent, until a flight could have taken its user there", async () => {
  const user = await newUser();
  await use(user, IN_LONDON, 39.5 * MINUTE);
  const apart = { from: IN_LONDON, kilometres: 8854, minutes: 40 };
  expect(await logIn(user, IN_SEOUL)).toEqual({ ...apart, kilometres: expect.closeTo(8854, -1) });
  // The flight takes 11 hours.
  const other = await newUser();
  await use(other, IN_LONDON, 9.7 * HOUR);
  expect(await logIn(other, IN_SEOUL)).toMatchObject({ minutes: 600 });
  const third = await newUser();
  await use(third, IN_LONDON, 10 * HOUR);
  expect(await logIn(third, IN_SEOUL)).toBeNull();
});

test("a log-in is too far from a session that has ended meanwhile, or from a recent change", async () => {
  for (const event of ["authn_login_success", "authn_password_change"] as const) {
    const user = await newUser();
    await happened(user, event, IN_SYDNEY, 59.5 * MINUTE);
    expect(await logIn(user, IN_LONDON)).toMatchObject({ from: IN_SYDNEY, minutes: 60 });
  }
});

test("guesses of strangers and actions of administrators are not uses of an account", async () => {
  const [user, admin] = [await newUser(), await newUser()];
  const client = { userAgent: "Test", ipAddress: IN_SYDNEY };
  await record(db(), { event: "authn_login_fail", userId: user.id, byUserId: null, ...client });
  await record(db(), { event: "user_updated", userId: user.id, byUserId: admin.id, ...client });
  await use(admin, IN_SYDNEY, 0);
  expect(await logIn(user, IN_LONDON)).toBeNull();
});

test("of several uses, the latest that is too far counts", async () => {
  const user = await newUser();
  await use(user, IN_SYDNEY, 3 * HOUR);
  await use(user, IN_PARIS, 2 * HOUR);
  // This session has ended.
  await happened(user, "authn_login_success", IN_SEOUL, HOUR);
  expect(await logIn(user, IN_LONDON)).toMatchObject({ from: IN_SEOUL });
});

test("the user is not asked again about the same two places within 30 days, in either direction", async () => {
  for (const end of [IN_LONDON, IN_SEOUL]) {
    const user = await newUser();
    await use(user, IN_LONDON, MINUTE);
    await happened(user, "authn_impossible_travel", end, 29.9 * DAY, "8854 km in 40 min");
    expect(await logIn(user, IN_SEOUL)).toBeNull();
    // Sydney is far from both.
    expect(await logIn(user, IN_SYDNEY)).toMatchObject({ from: IN_LONDON });
  }
});

test("the user is asked again after 30 days, about another place as far, and after a change of the password", async () => {
  const late = await newUser();
  await use(late, IN_LONDON, MINUTE);
  await happened(late, "authn_impossible_travel", IN_SEOUL, 30.1 * DAY, "8854 km in 40 min");
  expect(await logIn(late, IN_SEOUL)).not.toBeNull();

  const other = await newUser();
  await use(other, IN_LONDON, MINUTE);
  await happened(other, "authn_impossible_travel", IN_SYDNEY, DAY, "8854 km in 40 min");
  expect(await logIn(other, IN_SEOUL)).not.toBeNull();

  const changed = await newUser();
  await use(changed, IN_LONDON, MINUTE);
  await happened(changed, "authn_impossible_travel", IN_SEOUL, 3 * DAY, "8854 km in 40 min");
  expect(await logIn(changed, IN_SEOUL)).toBeNull();
  await happened(changed, "authn_password_change", NOWHERE, 2 * DAY);
  expect(await logIn(changed, IN_SEOUL)).not.toBeNull();
});

test("a place that is unknown, or has no coordinates, is never too far", async () => {
  const user = await newUser();
  for (const address of [NOWHERE, "216.160.83.1", "10.1.2.3"]) await use(user, address, 0);
  expect(await logIn(user, IN_LONDON)).toBeNull();
  await use(user, IN_SEOUL, 0);
  for (const address of [NOWHERE, "216.160.83.1", "10.1.2.3"]) expect(await logIn(user, address)).toBeNull();
});
