import { isOutage } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { keptStatus } from "@/lib/request-context";
import { expiry } from "@/lib/session/policy";
import type { ActiveSession, SessionStore } from "@/lib/session/store/contract";
import { postgres } from "@/lib/session/store/postgres";
import { activeSession } from "@/lib/session/store/postgres/find";
import { hashToken, type TokenHash } from "@/lib/session/token";
import { callUnlessAway } from "./client";
import { copySoon } from "./copy";
import { knowledge } from "./fences";
import { bucketOf, fieldOf, rowOf } from "./text";

/**
 * The session store in which Redis answers and Postgres keeps the row (decision 28). Redis only ever
 * says yes: whatever it does not know, or knows to be over, is decided by Postgres.
 */
export const redis: SessionStore = { ...postgres, find, touch };

async function find(token: string): Promise<ActiveSession | null> {
  const { outcome, found } = await findCopy(hashToken(token));
  metrics().redisLookups.inc({ outcome });
  return found ?? postgres.find(token);
}

type Answer =
  | { outcome: "found"; found: ActiveSession }
  | { outcome: "none" | "fenced" | "unavailable"; found?: never };

async function findCopy(hash: TokenHash): Promise<Answer> {
  const bucket = bucketOf(hash);
  const [fence, now] = [knowledge().fence(bucket), knowledge().now()];
  if (!fence || !now) return fenced(bucket);

  let value: string | null;
  try {
    value = await callUnlessAway("find", bucket, [fence, fieldOf(hash)]);
  } catch (error) {
    if (!isOutage(error)) throw error;
    return { outcome: "unavailable" };
  }
  if (value === "fenced") return fenced(bucket);

  const row = value === null || value.startsWith("?") ? null : rowOf(value, hash);
  const found = row && activeSession(row, knowledge().now() ?? now);
  if (!found || found.disabledAt || expiry(found.session, found.lifetimes, found.now)) return { outcome: "none" };
  return { outcome: "found", found };
}

function fenced(bucket: number): Answer {
  copySoon(bucket);
  return { outcome: "fenced" };
}

/** Records use, as Postgres does. While Postgres is away nothing is recorded, and look-ups go on. */
async function touch(...use: Parameters<SessionStore["touch"]>): Promise<void> {
  const forgetStatus = keptStatus();
  try {
    await postgres.touch(...use);
  } catch (error) {
    if (!isOutage(error)) throw error;
    forgetStatus();
  }
}
