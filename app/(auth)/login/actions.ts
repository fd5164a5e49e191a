"use server";

import { redirect } from "next/navigation";
import { type Hindrance, isHindrance } from "@/lib/auth/attempt";
import { type LoginErrors, parseLogin } from "@/lib/auth/credentials";
import { logIn } from "@/lib/auth/log-in";
import { nextPath } from "@/lib/auth/next-path";

/** What goes back into the form. The password never does. */
export type LoginState = { errors?: LoginErrors; hindrance?: Hindrance; email?: string; publicComputer?: boolean };

export async function login(_previous: LoginState, form: FormData): Promise<LoginState> {
  const login = parseLogin(form);
  if ("errors" in login) return { ...login.typed, errors: login.errors };

  const outcome = await logIn(login.credentials);
  if (isHindrance(outcome)) return { ...login.typed, hindrance: outcome };
  // One answer for every failure, so that the form does not say which emails exist.
  if (outcome.state === "refused") return { ...login.typed, errors: { form: "That email and password do not match." } };

  redirect(nextPath(login.next));
}
