import { expect, test } from "vitest";
import { hashToken, newToken } from "./token";

test("tokens have 256 bits, and 1,000 of them are all different", () => {
  const tokens = new Set(Array.from({ length: 1000 }, newToken));

  expect(tokens.size).toBe(1000);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
});

test("the hash that is stored has 256 bits and differs from the token", () => {
  const token = newToken();
  const stored = Buffer.from(hashToken(token));

  expect(stored).toHaveLength(32);
  expect(stored.equals(Buffer.from(token, "base64url"))).toBe(false);
});
