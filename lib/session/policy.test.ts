import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { endsOf, needsTouch, outlived, TOUCH_INTERVAL } from "./policy";

const createdAt = new Date("2026-01-01T00:00:00Z");
const plus = (date: Date, milliseconds: number) => new Date(date.getTime() + milliseconds);

describe.each([
  { publicComputer: false, idle: 7 * DAY, total: 30 * DAY },
  { publicComputer: true, idle: 15 * MINUTE, total: 8 * HOUR },
])("with publicComputer: $publicComputer", ({ publicComputer, idle, total }) => {
  test("a session ends at its idle lifetime and not a millisecond later", () => {
    const session = { createdAt, lastSeenAt: createdAt, publicComputer };

    expect(outlived(session, plus(createdAt, idle - 1))).toBeNull();
    expect(outlived(session, plus(createdAt, idle))).toBe("idle");
  });

  test("use does not outlive the total lifetime", () => {
    const now = plus(createdAt, total);

    expect(outlived({ createdAt, lastSeenAt: plus(now, -1), publicComputer }, plus(now, -1))).toBeNull();
    expect(outlived({ createdAt, lastSeenAt: now, publicComputer }, now)).toBe("expired");
  });

  test("the times that are shown are the times that hold", () => {
    const session = { createdAt, lastSeenAt: createdAt, publicComputer };
    const { idleAt, totalAt } = endsOf(session);

    expect(idleAt).toEqual(plus(createdAt, idle));
    expect(totalAt).toEqual(plus(createdAt, total));
  });

  test("the end for want of use is never said to be after the end in any case", () => {
    const session = { createdAt, lastSeenAt: plus(createdAt, total - 1), publicComputer };
    expect(endsOf(session).idleAt).toEqual(endsOf(session).totalAt);
  });
});

test("use is recorded at most once in an interval", () => {
  const session = { lastSeenAt: createdAt };

  expect(needsTouch(session, plus(createdAt, TOUCH_INTERVAL - 1))).toBe(false);
  expect(needsTouch(session, plus(createdAt, TOUCH_INTERVAL))).toBe(true);
});
