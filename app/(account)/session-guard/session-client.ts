import type { Answers, Problem } from "@/lib/api/schema";
import type { User } from "@/lib/session/store/contract";
import type { Times } from "./times";

/** The logged-in user, as pages show them. */
export type Person = Pick<User, "id" | "name" | "email" | "role">;

/** How a session expired: by the idle or the absolute timeout. `lifetime` is how long that is, in seconds. */
export type Lapse = { reason: "idle" | "expired"; lifetime: number | undefined };

/** What the server reports about this browser's session. */
export type Answer =
  | { state: "live"; times: Times; person: Person }
  /** It expired. */
  | { state: "lapsed"; lapse: Lapse }
  /** It goes on, but this browser did not show that it is the device that logged in. */
  | { state: "unproven" }
  /** It was ended otherwise, or there is none. */
  | { state: "ended" }
  /** The server did not say. An outage is not a logout. */
  | { state: "unknown" };

/** Asks the server about this browser's session. This does not count as use. */
export async function askServer(): Promise<Answer> {
  try {
    const answer = await fetch("/api/session", { cache: "no-store" });
    if (answer.status === 401) return whyEnded(await answer.json());
    if (!answer.ok) return { state: "unknown" };
    const { user, session, now }: Answers["/api/session"] = await answer.json();
    return { state: "live", times: { ...session, now }, person: user };
  } catch {
    return { state: "unknown" };
  }
}

function whyEnded({ reason, lifetime }: Problem): Answer {
  if (reason === "unproven") return { state: "unproven" };
  return reason === "idle" || reason === "expired"
    ? { state: "lapsed", lapse: { reason, lifetime } }
    : { state: "ended" };
}
