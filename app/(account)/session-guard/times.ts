import type { ActiveSession } from "@/lib/session/store/contract";

/** When a session ends, as ISO 8601, with the database's clock: all that its page has to know to tell. */
export type Times = { handle: string; idleAt: string; totalAt: string; now: string };

export function timesOf({ session: { handle, idleAt, totalAt }, now }: ActiveSession): Times {
  return { handle, idleAt: idleAt.toISOString(), totalAt: totalAt.toISOString(), now: now.toISOString() };
}
