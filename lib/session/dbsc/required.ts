import { env, MINUTE } from "@/lib/env";
import type { ActiveSession } from "@/lib/session/store/contract";

/** How long after the log-in a session may still be unbound, in milliseconds: the browser does it beside the first pages. */
const TIME = MINUTE;

/** Whether a session of an administrator must be bound to use the administration, and is not. */
export function lacksBinding({ session, user, now }: ActiveSession): boolean {
  if (env().DEVICE_BINDING !== "require" || user.role !== "admin" || session.boundAt) return false;
  // Each confirmation offers it again.
  return now.getTime() > session.confirmedAt.getTime() + TIME;
}
