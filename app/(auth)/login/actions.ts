"use server";

import { redirect } from "next/navigation";
import { authenticate } from "@/lib/auth/authenticate";
import { type LoginErrors, parseLogin } from "@/lib/auth/credentials";
import { nextPath } from "@/lib/auth/next-path";
import { startSession } from "@/lib/session/current";

/** What goes back into the form. The password never does. */
export type LoginState = { errors?: LoginErrors; email?: string; publicComputer?: boolean };

export async function login(_previous: LoginState, form: FormData): Promise<LoginState> {
  const login = parseLogin(form);
  if ("errors" in login) return { ...login.typed, errors: login.errors };

  const outcome = await authenticate(login.credentials);
  if (outcome.state === "refused") {
    // One answer for every failure, so that the form does not say which emails exist.
    return { ...login.typed, errors: { form: "That email and password do not match." } };
  }
  if (outcome.state === "unavailable" || (await startSession(outcome.user, login.credentials)) === "unavailable") {
    return {
      ...login.typed,
      errors: { form: "The database does not answer. Nothing is wrong with what you typed; try again in a moment." },
    };
  }

  redirect(nextPath(login.next));
}
