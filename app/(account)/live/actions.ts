"use server";

import { type Hindrance, isHindrance } from "@/lib/auth/attempt";
import { EMAIL, type Errors, PASSWORD, parseFields } from "@/lib/auth/fields";
import { logIn } from "@/lib/auth/log-in";
import { currentSession, requireSession } from "@/lib/session/current";
import { type Times, timesOf } from "./times";

export type LogInAgainState = { errors?: Errors<"email" | "password">; hindrance?: Hindrance; times?: Times };

/** Says that somebody is there: this is use. Returns until when the session lives now. */
export async function stay(): Promise<Times | null> {
  await requireSession();
  return currentTimes();
}

/** Logs in from the page of a session that has ended, which stays open underneath. */
export async function logInAgain(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const parsed = parseFields(form, { email: EMAIL, password: PASSWORD });
  if ("errors" in parsed) return { errors: parsed.errors };

  const outcome = await logIn({ ...parsed.fields, publicComputer: false });
  if (isHindrance(outcome)) return { hindrance: outcome };
  if (outcome.state === "refused") return { errors: { password: "That is not the password." } };
  if (outcome.state === "full") return { errors: { form: "You are signed in in as many browsers as you may be." } };

  const times = await currentTimes();
  return times ? { times } : { errors: { form: "You are signed in. Load the page again." } };
}

async function currentTimes(): Promise<Times | null> {
  const answer = await currentSession();
  return answer.state === "valid" ? timesOf(answer) : null;
}
