import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { db } from "@/lib/db";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { record } from "@/lib/ledger/store";
import { createUser } from "@/lib/users/store";
import { uuid7 } from "@/lib/uuid";
import { disputedSince } from "./disputed";

const CLIENT = { userAgent: "Test", ipAddress: "192.0.2.7" };

/** How long ago the factors of a link against an event are in dispute, in milliseconds. */
async function ago(link: { at: number; sessionHandle?: string; userId?: string }): Promise<number> {
  const { at, sessionHandle = null, userId = randomUUID() } = link;
  return Date.now() - (await disputedSince({ subject: `not-me:${uuid7(at)}`, userId, sessionHandle })).getTime();
}

test("factors are in dispute since the event of a link, and since the log-in of its session", async () => {
  expect(await ago({ at: Date.now() - 2 * HOUR })).toBeCloseTo(2 * HOUR + MINUTE, -4);

  const { id: userId } = await createUser({
    ...{ email: `${randomUUID()}@example.com`, name: "Ada", passwordHash: "none", role: "user" as const },
  });
  const sessionHandle = randomUUID();
  await record(db(), { event: "authn_login_success", userId, byUserId: userId, sessionHandle, ...CLIENT });
  const later = Date.now() + HOUR;
  expect(await ago({ at: later, sessionHandle, userId })).toBeCloseTo(0, -4);
  // Another user's session says nothing.
  expect(await ago({ at: later, sessionHandle })).toBeCloseTo(MINUTE - HOUR, -4);
});

test("a factor that is older than seven days is in dispute by no link", async () => {
  expect(await ago({ at: Date.now() - 30 * DAY })).toBeCloseTo(7 * DAY, -4);
});
