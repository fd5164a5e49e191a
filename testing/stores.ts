import { randomUUID } from "node:crypto";
import { afterAll, describe, inject, test } from "vitest";
import { transaction } from "@/lib/db";
import type { Env } from "@/lib/env";
import { STORES } from "@/lib/session/store";
import type { ActiveSession, AtLimit, NewSession, SessionStore } from "@/lib/session/store/contract";
import { openMemory } from "@/lib/session/store/memory/rows";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { NEEDED, PRODUCT, startRedis } from "./redis";
import { AGING, type Aging } from "./sessions";

/** The client of the tests' sessions. */
export const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };

export const BROWSER: NewSession = { ...HERE, publicComputer: false, previousToken: null };

/** A session store, and what its tests do with it. They know nothing about where it keeps sessions. */
export type Kit = {
  name: Env["SESSION_STORE"];
  store: SessionStore;
  /** Whether sessions are rows in Postgres, which locks them. */
  hasRows: boolean;
  age: Aging;
  start(
    user: { id: string },
    more?: Partial<NewSession>,
    atLimit?: AtLimit,
  ): Promise<{ token: string; handle: string }>;
  /** Logs a session out. Returns how many ended. */
  end(token: string): Promise<number>;
  /** The session with this token. Throws when there is none. */
  found(token: string): Promise<ActiveSession>;
};

/**
 * Runs these tests for each session store: they are what all of them promise. If there is a Redis, every change is also
 * written to it, whichever store answers.
 */
export async function describeStores(about: string, tests: (kit: Kit) => void): Promise<void> {
  openMemory();
  const program = inject("redis");
  const redis = program ? await startRedis(program) : null;
  if (redis) process.env.REDIS_URL = redis.url;
  else test.skip(`${about} in the store redis, which needs ${NEEDED}`);
  afterAll(() => redis?.kill());
  // With another product than Redis, the other stores are as they were.
  const isMeant = (name: string) => (name === "redis" ? redis !== null : PRODUCT === "Redis");
  const names = (Object.keys(STORES) as (keyof typeof STORES)[]).filter(isMeant);
  describe.each(names)(`${about} in the store %s`, (name) => tests(kitOf(name)));
}

function kitOf(name: keyof typeof STORES): Kit {
  const store = STORES[name];
  return {
    ...{ name, store },
    hasRows: name !== "memory",
    age: AGING[name],
    start: (user, more, atLimit) => transaction((tx) => store.create(tx, user, { ...BROWSER, ...more }, atLimit)),
    end: (token) => transaction((tx) => store.end(tx, { tokenHash: hashToken(token) }, "logged-out", HERE)),
    async found(token) {
      const found = await store.find(token);
      if (!found) throw new Error("There is no such session");
      return found;
    },
  };
}

/** An account without a password. */
export function newUser(role: "user" | "admin" = "user") {
  return createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role });
}
