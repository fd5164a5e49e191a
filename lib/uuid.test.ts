import { expect, test } from "vitest";
import { uuid7 } from "./uuid";

test("a UUID of version 7 has its version and variant, is unique, and is greater than one of a millisecond before", () => {
  const first = uuid7(1_796_000_000_000);
  const later = Array.from({ length: 1000 }, () => uuid7(1_796_000_000_001));

  for (const one of later) {
    expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(one > first).toBe(true);
  }
  expect(new Set(later).size).toBe(1000);
});
