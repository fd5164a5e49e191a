import { expect, test } from "vitest";
import { type Amr, combined, levelOf } from "./amr";

test.each<[Amr[], 1 | 2, Amr[]]>([
  [["pwd"], 1, ["pwd"]],
  [["otp"], 1, ["otp"]],
  [["hwk"], 1, ["hwk"]],
  [["otp", "pwd"], 2, ["pwd", "otp", "mfa"]],
  [["pwd", "pwd"], 1, ["pwd"]],
  [["pwd", "swk"], 2, ["pwd", "swk", "mfa"]],
  [["user", "hwk"], 2, ["hwk", "user", "mfa"]],
  [["user", "swk"], 2, ["swk", "user", "mfa"]],
  [["user", "pwd"], 1, ["pwd", "user"]],
])("the proofs %j are level %i, and together %j", (proofs, level, together) => {
  expect(levelOf(proofs)).toBe(level);
  expect(combined(...proofs)).toEqual(together);
  expect(levelOf(together)).toBe(level);
});
