import type { Answers, Problem } from "@/app/api/schema";
import type { User } from "@/lib/session/store/contract";
import type { Times } from "./times";

/** Who is signed in, as their pages name them. */
export type Person = Pick<User, "id" | "name" | "email" | "role">;

/** What the server says about the session of this browser. */
export type Answer =
  | { state: "live"; times: Times; person: Person }
  /** It expired: idle for too long, or too old. */
  | { state: "lapsed"; why: string }
  /** Somebody ended it, or there is none. */
  | { state: "ended" }
  /** No answer. An outage is no logout. */
  | { state: "unknown" };

/** Asks the server about the session of this browser. Asking is not use. */
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

function whyEnded({ reason, detail }: Problem): Answer {
  return reason === "idle" || reason === "expired" ? { state: "lapsed", why: detail } : { state: "ended" };
}
