import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "@/lib/env";
import { endsOf, expiry, type Kind, lifetimes, mustEnrol, needsTouch } from "./policy";

const createdAt = new Date("2026-01-01T00:00:00Z");
const plus = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);

const kinds: [string, Kind, { idle: number; total: number }][] = [
  ["a user", { publicComputer: false, role: "user" }, { idle: 7 * DAY, total: 30 * DAY }],
  ["a user on a public computer", { publicComputer: true, role: "user" }, { idle: 15 * MINUTE, total: 8 * HOUR }],
  ["an administrator", { publicComputer: false, role: "admin" }, { idle: DAY, total: 7 * DAY }],
  [
    "an administrator on a public computer",
    { publicComputer: true, role: "admin" },
    { idle: 15 * MINUTE, total: 8 * HOUR },
  ],
  [
    "a demonstration",
    { publicComputer: false, demonstration: true, role: "user" },
    { idle: 30 * SECOND, total: 2 * MINUTE },
  ],
];

describe.each(kinds)("the session of %s", (_whose, kind, { idle, total }) => {
  const its = lifetimes(kind);

  test("stays active until its idle lifetime is over, and not a millisecond longer", () => {
    const session = { createdAt, lastSeenAt: createdAt };

    expect(expiry(session, its, plus(createdAt, idle - 1))).toBeNull();
    expect(expiry(session, its, plus(createdAt, idle))).toEqual({ reason: "idle", at: plus(createdAt, idle) });
  });

  test("expires at its total lifetime even when it is in use", () => {
    const end = plus(createdAt, total);

    expect(expiry({ createdAt, lastSeenAt: plus(end, -1) }, its, plus(end, -1))).toBeNull();
    expect(expiry({ createdAt, lastSeenAt: end }, its, end)).toEqual({ reason: "expired", at: end });
  });

  test("has end times at the end of its idle and total lifetimes", () => {
    expect(endsOf({ createdAt, lastSeenAt: createdAt }, its)).toEqual({
      idleAt: plus(createdAt, idle),
      totalAt: plus(createdAt, total),
    });
  });

  test("never has an idle end time after its absolute end time", () => {
    const { idleAt, totalAt } = endsOf({ createdAt, lastSeenAt: plus(createdAt, total - 1) }, its);
    expect(idleAt).toEqual(totalAt);
  });

  test("needs its use recorded at most once per touch interval", () => {
    const session = { lastSeenAt: createdAt };

    expect(needsTouch(session, its, plus(createdAt, its.touch - 1))).toBe(false);
    expect(needsTouch(session, its, plus(createdAt, its.touch))).toBe(true);
  });
});

test.each([
  ["optional", false, false],
  ["administrators", false, true],
  ["required", true, true],
] as const)(
  "with SECOND_FACTOR=%s, whether a user must add a factor is %s, and whether an administrator must is %s",
  (SECOND_FACTOR, user, admin) => {
    const must = (role: "user" | "admin", hasSecondFactor = false) =>
      mustEnrol({ user: { role }, hasSecondFactor }, { SECOND_FACTOR });

    expect([must("user"), must("admin")]).toEqual([user, admin]);
    expect([must("user", true), must("admin", true)]).toEqual([false, false]);
  },
);
