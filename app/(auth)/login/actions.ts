"use server";

import { redirect } from "next/navigation";
import { authenticate } from "@/lib/auth/authenticate";
import { type FieldErrors, parseCredentials } from "@/lib/auth/credentials";
import { nextPath } from "@/lib/auth/next-path";
import { startSession } from "@/lib/session/current";

/** What goes back into the form. The password never does. */
export type LoginState = {
  errors?: FieldErrors & { form?: string };
  email?: string;
  publicComputer?: boolean;
};

export async function login(_previous: LoginState, form: FormData): Promise<LoginState> {
  const typed = { email: String(form.get("email") ?? ""), publicComputer: form.has("public") };
  const parsed = parseCredentials(form);
  if ("errors" in parsed) return { ...typed, errors: parsed.errors };

  const outcome = await authenticate(parsed.credentials);
  if (outcome.state === "refused") {
    // One answer for every failure, so that the form does not say which emails exist.
    return { ...typed, errors: { form: "That email and password do not match." } };
  }
  if (outcome.state === "unavailable") {
    return {
      ...typed,
      errors: { form: "The database does not answer. Nothing is wrong with what you typed; try again in a moment." },
    };
  }

  await startSession(outcome.user, parsed.credentials);
  redirect(nextPath(form.get("next")));
}
