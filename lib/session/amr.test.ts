import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AMR, type Amr, combined, levelOf } from "./amr";

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

// ASVS 5.0, 6.4.2 and 6.6.1: no secret questions or hints, and no codes by phone or SMS.
test("nobody proves who they are by a phone, a text message, a hint or an answer", () => {
  // RFC 8176 would call these sms, tel and kba.
  expect(AMR).toEqual(["pwd", "otp", "hwk", "swk", "user", "mfa"]);
  const columns = [...readFileSync("prisma/schema.prisma", "utf8").matchAll(/^ {2}(\w+) +\w/gm)].map(
    ([, name]) => name,
  );
  expect(columns).toContain("passwordHash");
  expect(columns.filter((name) => /hint|question|answer(?!edLines)|phone|mobile|sms/i.test(String(name)))).toEqual([]);
});
