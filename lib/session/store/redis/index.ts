import { isOutage } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { processWide } from "@/lib/process-wide";
import { keptStatus } from "@/lib/request-context";
import { expiry } from "@/lib/session/policy";
import type { ActiveSession, SessionStore } from "@/lib/session/store/contract";
import { postgres } from "@/lib/session/store/postgres";
import { activeSession, batched } from "@/lib/session/store/postgres/find";
import { hashToken, type TokenHash } from "@/lib/session/token";
import { callUnlessAway, partOf } from "./client";
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

type Asked = { bucket: number; fence: string; field: string };
type Loader = ReturnType<typeof batched<Asked, string | null>>;

/** Combines the look-ups of one turn of the event loop, as in Postgres: into one call to each part of Redis. */
function loader(part: number): Loader {
  const loaders = processWide("latchkeyRedisLoaders", () => new Map<number, Loader>());
  const known = loaders.get(part) ?? batched(findTexts);
  loaders.set(part, known);
  return known;
}

/** What one part of Redis has for each of these. Throws an Outage. */
function findTexts(those: readonly Asked[]): Promise<(string | null)[]> {
  const [first, ...others] = those.map(({ bucket }) => bucket);
  if (first === undefined) return Promise.resolve([]);
  const args = those.flatMap(({ fence, field }) => [fence, field]);
  return callUnlessAway("find", [first, ...others], args);
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
    value = await loader(partOf(bucket)).load({ bucket, fence, field: fieldOf(hash) });
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
