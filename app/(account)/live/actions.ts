"use server";

import { type Hindrance, isHindrance } from "@/lib/auth/attempt";
import { ANYTHING, EMAIL, type Errors, PASSWORD, parseFields } from "@/lib/auth/fields";
import { logIn } from "@/lib/auth/log-in";
import { currentSession, requireSession } from "@/lib/session/current";

/** The times of a session that lives, as ISO 8601, with the database's clock. */
export type Times = { handle: string; idleAt: string; totalAt: string; now: string };

export type LogInAgainState = { errors?: Errors<"email" | "password">; hindrance?: Hindrance; times?: Times };

/** Says that somebody is there: this is use. Returns until when the session lives now. */
export async function stay(): Promise<Times | null> {
  await requireSession();
  return currentTimes();
}

/** Logs in from the page of a session that has ended, which stays open underneath. */
export async function logInAgain(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const parsed = parseFields(form, { email: EMAIL, password: PASSWORD, public: ANYTHING });
  if ("errors" in parsed) return { errors: parsed.errors };

  const { email, password, public: isPublic } = parsed.fields;
  const outcome = await logIn({ email, password, publicComputer: isPublic === "on" });
  if (isHindrance(outcome)) return { hindrance: outcome };
  if (outcome.state === "refused") return { errors: { password: "That is not the password." } };

  const times = await currentTimes();
  return times ? { times } : { errors: { form: "You are signed in. Load the page again." } };
}

async function currentTimes(): Promise<Times | null> {
  const answer = await currentSession();
  if (answer.state !== "valid") return null;

  const { handle, idleAt, totalAt } = answer.session;
  return { handle, idleAt: idleAt.toISOString(), totalAt: totalAt.toISOString(), now: answer.now.toISOString() };
}
