import { expect, test } from "vitest";
import { MINUTE } from "@/lib/env";
import { timeLeft } from "./title-countdown";

test("the title counts down in the last 10 minutes, and not a millisecond earlier or later", () => {
  expect(timeLeft(10 * MINUTE, false)).toBeNull();
  expect(timeLeft(10 * MINUTE - 1, false)).toEqual({ unit: "minutes", count: 9 });
  expect(timeLeft(1, false)).toEqual({ unit: "seconds", count: 0 });
  expect(timeLeft(0, false)).toBeNull();
});

test("the title counts seconds in the last minute, and never more time than is left", () => {
  expect(timeLeft(2 * MINUTE - 1, false)).toEqual({ unit: "minutes", count: 1 });
  expect(timeLeft(MINUTE, false)).toEqual({ unit: "minutes", count: 1 });
  expect(timeLeft(MINUTE - 1, false)).toEqual({ unit: "seconds", count: 59 });
});

test("a tab that the browser slows down shows no seconds, because they would be wrong", () => {
  expect(timeLeft(MINUTE - 1, true)).toEqual({ unit: "soon", count: 1 });
  expect(timeLeft(5000, true)).toEqual({ unit: "soon", count: 1 });
});
