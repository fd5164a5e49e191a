import { expect, test } from "vitest";
import { hashToken, newToken } from "./token";

test("a token has 256 bits, and no two are the same", () => {
  const tokens = new Set(Array.from({ length: 1000 }, newToken));

  expect(tokens.size).toBe(1000);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
});

test("what is stored is not what is carried", () => {
  const token = newToken();
  const stored = Buffer.from(hashToken(token));

  expect(stored).toHaveLength(32);
  expect(stored.equals(Buffer.from(token, "base64url"))).toBe(false);
});
