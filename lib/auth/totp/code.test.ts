import { expect, test } from "vitest";
import { addressOf, codeAt, newSecret, stepOf } from "./code";

const STEP = 30_000;
const NOW = new Date(1_800_000_000_000);

function later(steps: number): Date {
  return new Date(NOW.getTime() + steps * STEP);
}

// RFC 6238, appendix B, whose secret is the ASCII text 12345678901234567890. Its codes have eight digits; an app shows
// the last six.
test.each([
  [59, "287082"],
  [1111111109, "081804"],
  [1111111111, "050471"],
  [1234567890, "005924"],
  [2000000000, "279037"],
])("at %i seconds the code is the one of RFC 6238: %s", (seconds, code) => {
  expect(codeAt("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", new Date(seconds * 1000))).toBe(code);
});

// ASVS 5.0, 6.5.5 and 6.5.8: a code lasts 30 seconds, by the time of the server.
test("a code is right in its time step, and in one before and one after, and in no other", () => {
  const secret = newSecret();
  const code = codeAt(secret, NOW);
  const step = Math.floor(NOW.getTime() / STEP);

  for (const steps of [-1, 0, 1]) expect(stepOf(secret, code, later(steps))).toBe(step);
  for (const steps of [-2, 2, 3000]) expect(stepOf(secret, code, later(steps))).not.toBe(step);
});

test.each(["", "12345", "1234567", "abcdef", "１２３４５６７"])("%j is no code of any app", (text) => {
  expect(stepOf(newSecret(), text, NOW)).toBeNull();
});

// ASVS 5.0, 6.5.3: the secret is random.
test("a secret has 160 random bits, in base32", () => {
  const secrets = Array.from({ length: 100 }, newSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
});

test("the address for an app has the site, the email address and the secret", () => {
  const secret = newSecret();
  const url = new URL(addressOf(secret, "ada+test@example.com"));

  expect(url.protocol).toBe("otpauth:");
  expect(decodeURIComponent(url.pathname)).toContain("Latchkey:ada+test@example.com");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({ issuer: "Latchkey", secret, digits: "6", period: "30" });
});
