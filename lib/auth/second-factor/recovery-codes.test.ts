import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { createUser } from "@/lib/users/store";
import { parseRecoveryCode, renewRecoveryCodes, spendRecoveryCode } from "./recovery-codes";

async function newUser(): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  return (await createUser({ email, name: "Ada", passwordHash: "none", role: "user" })).id;
}

// ASVS 5.0, 6.5.1 to 6.5.4: codes work once, are random, and have 120 random bits, which a hash is enough to protect.
test("a set has ten codes, each works once, also of two attempts at once, and only for its user", async () => {
  const [userId, other] = [await newUser(), await newUser()];
  const codes = await renewRecoveryCodes(db(), userId);
  const [first = "", second = ""] = codes;
  expect(new Set(codes).size).toBe(10);
  expect(await spendRecoveryCode(db(), other, first)).toBeNull();

  const spent = await Promise.all([spendRecoveryCode(db(), userId, first), spendRecoveryCode(db(), userId, first)]);
  expect(spent.filter((left) => left !== null)).toEqual([9]);
  expect(await spendRecoveryCode(db(), userId, first)).toBeNull();
  expect(await spendRecoveryCode(db(), userId, second)).toBe(8);
});

test("a new set replaces the old one, and the table holds no code", async () => {
  const userId = await newUser();
  const [old = ""] = await renewRecoveryCodes(db(), userId);
  const [code = ""] = await renewRecoveryCodes(db(), userId);
  const rows = await db().$queryRaw<{ text: string }[]>`
    SELECT r::text || encode(r.code_hash, 'escape') AS text FROM recovery_codes r WHERE user_id = ${userId}::uuid`;

  expect(rows).toHaveLength(10);
  for (const { text } of rows) expect(text).not.toContain(code.slice(0, 4));
  expect(await spendRecoveryCode(db(), userId, old)).toBeNull();
  expect(await spendRecoveryCode(db(), userId, code)).toBe(9);
});

test("a code is read however people type it", async () => {
  const userId = await newUser();
  const [code = ""] = await renewRecoveryCodes(db(), userId);
  const plain = parseRecoveryCode(code);

  expect(plain).toMatch(/^[0-9A-HJKMNP-TV-Z]{24}$/);
  for (const typed of [code.toLowerCase(), code.replaceAll("-", " "), ` ${code.replaceAll("-", "–")} `, plain ?? ""])
    expect(parseRecoveryCode(typed)).toBe(plain);
  expect(parseRecoveryCode("oil0-0000-0000-0000-0000-0000")).toBe("011000000000000000000000");
});

test.each([
  "",
  "123456",
  "0000-0000-0000-0000-0000-000",
  "0000-0000-0000-0000-0000-0000-0",
  "UUUU-0000-0000-0000-0000-0000",
])("%j is no recovery code", (text) => {
  expect(parseRecoveryCode(text)).toBeNull();
});
