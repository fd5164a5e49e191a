import { isOutage } from "@/lib/db";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { UserError } from "@/lib/terminal";
import { forgetCopies, knowledge } from "./fences";

/**
 * Prepares the session store when the application starts. Throws a UserError if other instances read
 * sessions from Redis and this one has no `REDIS_URL`: it could not tell Redis of its changes. Without
 * a database this is not checked.
 */
export async function startSessionStore(): Promise<void> {
  if (env().SESSION_STORE === "redis") knowledge();
  if (env().REDIS_URL) return;
  try {
    if (await forgetCopies()) return;
  } catch (error) {
    // Its role may lack a right: then the instance starts, and is not ready.
    if (!isOutage(error)) log().error({ err: error }, "Whether other instances read from Redis is not known");
    return;
  }
  throw new UserError(
    "Other instances read this database's sessions from Redis: set REDIS_URL here, too. If they no longer do, try again in a minute",
  );
}
