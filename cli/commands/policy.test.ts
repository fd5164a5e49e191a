import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DAY, HOUR, MINUTE, parseEnv } from "@/lib/env";
import { policy } from "@/lib/session/policy";
import { policyDocument } from "./policy";

const NEEDED = { DATABASE_URL: "postgresql://localhost/none", SESSION_SECRET: "x".repeat(32) };

test("docs/session-policy.md is the policy of the default settings", () => {
  expect(readFileSync("docs/session-policy.md", "utf8")).toBe(`${policyDocument(parseEnv(NEEDED))}\n`);
});

test.each([
  ["aal1", 30 * DAY, Number.POSITIVE_INFINITY],
  ["aal2", 24 * HOUR, HOUR],
  ["aal3", 12 * HOUR, 15 * MINUTE],
] as const)("every profile of %s is within the limits of NIST SP 800-63B-4", (SESSION_PRESET, total, idle) => {
  const profiles = Object.values(policy(parseEnv({ ...NEEDED, SESSION_PRESET })));

  for (const profile of profiles) {
    expect(profile.total).toBeLessThanOrEqual(total);
    expect(profile.idle).toBeLessThanOrEqual(idle);
    expect(profile.touch).toBeLessThan(profile.idle);
  }
});

test("an explicit setting overrides the preset", () => {
  const { standard } = policy(parseEnv({ ...NEEDED, SESSION_PRESET: "aal2", SESSION_IDLE_LIFETIME: "5m" }));
  expect(standard).toMatchObject({ idle: 5 * MINUTE, total: 24 * HOUR });
});

test("in every preset, administrators have a shorter absolute timeout than users, and no longer idle timeout", () => {
  for (const SESSION_PRESET of ["aal1", "aal2", "aal3"]) {
    const { administrator, standard } = policy(parseEnv({ ...NEEDED, SESSION_PRESET }));
    expect(administrator.total).toBeLessThan(standard.total);
    expect(administrator.idle).toBeLessThanOrEqual(standard.idle);
  }
});
