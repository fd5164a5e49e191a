import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { newestKeyNumber, openSecret, sealSecret } from "./sealed-secret";

const [ONE, TWO] = ["first ".repeat(8), "second ".repeat(8)];

/** Runs with these secrets, the newest first. The settings are read once, so the module that reads them is loaded anew. */
async function withSecrets(...secrets: string[]) {
  vi.stubEnv("SESSION_SECRET", secrets.join(","));
  vi.resetModules();
  return import("./sealed-secret");
}

afterEach(() => vi.unstubAllEnvs());

test("a sealed secret opens for its user alone, and shows nothing of the secret", () => {
  const userId = randomUUID();
  const sealed = sealSecret("JBSWY3DPEHPK3PXP", userId);

  expect(openSecret(sealed, userId)).toBe("JBSWY3DPEHPK3PXP");
  expect(openSecret(sealed, randomUUID())).toBeNull();
  expect(sealed.toString("latin1")).not.toContain("JBSWY3DP");
  expect(sealSecret("JBSWY3DPEHPK3PXP", userId)).not.toEqual(sealed);
  expect(sealed.subarray(0, 4)).toEqual(newestKeyNumber());
});

test("a sealed secret with any byte changed, or cut off anywhere, does not open", () => {
  const userId = randomUUID();
  const sealed = sealSecret("JBSWY3DPEHPK3PXP", userId);

  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(openSecret(changed, userId), `byte ${at}`).toBeNull();
    expect(openSecret(sealed.subarray(0, at), userId), `cut at ${at}`).toBeNull();
  }
});

test("each SESSION_SECRET opens what it sealed, the newest one seals, and one that is removed opens nothing", async () => {
  const userId = randomUUID();
  const before = (await withSecrets(ONE)).sealSecret("of one", userId);
  const both = await withSecrets(TWO, ONE);
  const after = both.sealSecret("of two", userId);

  expect(both.openSecret(before, userId)).toBe("of one");
  expect(both.openSecret(after, userId)).toBe("of two");
  const newest = await withSecrets(TWO);
  expect(newest.openSecret(after, userId)).toBe("of two");
  expect(newest.openSecret(before, userId)).toBeNull();
});
