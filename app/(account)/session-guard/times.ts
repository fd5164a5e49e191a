import type { ActiveSession } from "@/lib/session/store/contract";

/** When a session ends, as ISO 8601, and the database's time: all that a page needs to know when to act. */
export type Times = { handle: string; idleAt: string; totalAt: string; now: string };

export function timesOf({ session: { handle, idleAt, totalAt }, now }: ActiveSession): Times {
  return { handle, idleAt: idleAt.toISOString(), totalAt: totalAt.toISOString(), now: now.toISOString() };
}
