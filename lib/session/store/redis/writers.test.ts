import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { db, transaction } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { postgres } from "@/lib/session/store/postgres";
import { changeRole, disableUser, enableUser } from "@/lib/users/administration";
import { rememberEmailChange, withdrawEmailChange } from "@/lib/users/one-time-tokens";
import { createUser, setLocale, setTimeZone } from "@/lib/users/store";
import { NEEDED, startRedis } from "@/testing/redis";
import { redis as store } from "./index";

// Everything that changes a user has to tell Redis by itself (`SessionStore.changed`). Postgres's triggers would hide
// that it has forgotten to: they close the copies a moment later. So they are off here.

const program = inject("redis");
if (!program) test.skip(`changes of users in the store redis, which needs ${NEEDED}`);

const redis = program ? await startRedis(program) : null;
if (redis) Object.assign(process.env, { REDIS_URL: redis.url, SESSION_STORE: "redis" });
afterAll(() => redis?.kill());

const BY = { userId: null, note: "because", userAgent: null, ipAddress: null };
const BROWSER = { userAgent: "Test", ipAddress: null, publicComputer: false, previousToken: null };

beforeAll(async () => {
  await db().$executeRaw`ALTER TABLE users DISABLE TRIGGER users_close_changed`;
  await createUser({ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "admin" });
});

async function hits(): Promise<number> {
  const { values } = await metrics().redisLookups.get();
  return values.find(({ labels }) => labels.outcome === "found")?.value ?? 0;
}

/** A user with a session for which Redis answers. */
async function started() {
  const user = await createUser({
    email: `${randomUUID()}@example.com`,
    name: "Ada",
    passwordHash: "none",
    role: "user",
  });
  const { token } = await transaction((tx) => store.create(tx, user, BROWSER));
  const isAnswered = async () => {
    const before = await hits();
    await store.find(token);
    return (await hits()) > before;
  };
  await expect.poll(isAnswered, { timeout: 10_000, interval: 20 }).toBe(true);
  return { id: user.id, token };
}

type Writer = (id: string) => Promise<unknown>;
const remember: Writer = (id) => transaction((tx) => rememberEmailChange(tx, id, "new@example.com"));

const WRITERS: [what: string, seen: object | null, before: Writer | null, write: Writer][] = [
  ["a role", { user: { role: "admin" } }, null, (id) => changeRole(id, "admin", BY)],
  ["a language", { locale: "ko" }, null, (id) => setLocale(id, "ko")],
  ["a time zone", { timeZone: "Asia/Seoul" }, null, (id) => setTimeZone(id, "Asia/Seoul")],
  ["a requested email", { pendingEmail: { email: "new@example.com" } }, null, remember],
  ["a withdrawn email", { pendingEmail: null }, remember, (id) => transaction((tx) => withdrawEmailChange(tx, id))],
  ["a disabled account", null, null, (id) => disableUser(id, BY)],
  ["an enabled account", { disabledAt: null }, disableByHand, (id) => enableUser(id, BY)],
];

/** Without ending the sessions. */
async function disableByHand(id: string): Promise<void> {
  await transaction(async (tx) => {
    await tx.$executeRaw`UPDATE users SET disabled_at = now() WHERE id = ${id}::uuid`;
    await store.changed(tx, id);
  });
}

describe.skipIf(!program)("the store redis", () => {
  test.each(WRITERS)(
    "shows %s at the next look-up, although Postgres tells it nothing",
    async (...[, seen, before, write]) => {
      const { id, token } = await started();
      await before?.(id);
      await write(id);
      const found = await store.find(token);
      if (seen) expect(found).toMatchObject(seen);
      else expect(found).toBeNull();
      expect({ ...found, now: null }).toEqual({ ...(await postgres.find(token)), now: null });
    },
  );

  test("no other code changes what a look-up shows of a user", () => {
    const files = readdirSync("lib", { recursive: true, encoding: "utf8" })
      .map((file) => `lib/${file}`)
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    const writers = files.flatMap((file) => {
      const source = readFileSync(file, "utf8");
      const count = source.match(/\buser\.(?:update|updateMany|upsert)\(|UPDATE users\b/g)?.length ?? 0;
      return count > 0 ? [[file, count]] : [];
    });
    // A new one belongs into WRITERS, or into e2e/running/redis.spec.ts if it needs a request, unless it changes nothing
    // that a look-up reads.
    expect(Object.fromEntries(writers)).toEqual({
      // The name and the email: e2e.
      "lib/auth/account.ts": 2,
      // Two passwords; and an email once all sessions have ended.
      "lib/auth/recovery.ts": 3,
      // Answered notices.
      "lib/ledger/notices.ts": 2,
      "lib/users/administration.ts": 3,
      "lib/users/one-time-tokens.ts": 2,
      // The first is the language or the time zone, the second a password.
      "lib/users/store.ts": 2,
    });
  });
});
