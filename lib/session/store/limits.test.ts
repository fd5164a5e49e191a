import { expect, test } from "vitest";
import { parseEnv } from "@/lib/env";
import { limitsOfStore, refusalOfStore } from "./limits";

const NEEDED = { DATABASE_URL: "postgresql://localhost/mine", SESSION_SECRET: "x".repeat(32) };

test.each([
  ["sessions in Postgres", { SESSION_STORE: "postgres" }, { here: false, elsewhere: false, hasLimits: false }],
  ["sessions in memory", { SESSION_STORE: "memory" }, { here: false, elsewhere: true, hasLimits: true }],
  [
    "sessions in memory on purpose",
    { SESSION_STORE: "memory", SESSION_STORE_MEMORY: "yes" },
    { here: false, elsewhere: false, hasLimits: true },
  ],
])("a server with %s starts where it may, and says what it does not promise", (_what, settings, expected) => {
  const env = parseEnv({ ...NEEDED, ...settings });

  expect({
    here: refusalOfStore(env, { isForOneself: true }) !== null,
    elsewhere: refusalOfStore(env, { isForOneself: false }) !== null,
    hasLimits: limitsOfStore(env) !== null,
  }).toEqual(expected);
});
