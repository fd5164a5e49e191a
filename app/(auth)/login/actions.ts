"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { type Choice, logIn, logInInstead } from "@/lib/auth/log-in";
import { parseLogin } from "@/lib/forms/credentials";
import { ANYTHING, HANDLE, parseFields, TOKEN } from "@/lib/forms/fields";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { keepsNoCookies, sayingOnce, setLoginCookie } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** The state returned to the form. The password is never returned. */
export type LoginState = FormState<"email" | "password"> & {
  email?: string;
  publicComputer?: boolean;
  /** The sessions of which the user must end one, at the session limit. */
  choice?: Choice;
  /** A passkey that no account has any more, for the browser to stop offering it. */
  unknown?: { rpId: string; id: string };
};

export async function login(_previous: LoginState, form: FormData): Promise<LoginState> {
  const login = parseLogin(form);
  const { t } = words();
  if ("errors" in login) return { ...login.typed, errors: inWords(login.errors) };
  if (await keepsNoCookies()) return { ...login.typed, errors: { form: t("loginPage.noCookies") } };

  const outcome = await logIn(login.credentials);
  if (isTryLater(outcome)) return { ...login.typed, tryLater: outcome };
  // The same message for every failure, so that the form does not reveal which emails exist.
  if (outcome.state === "refused") return { ...login.typed, errors: { form: t("loginPage.wrong") } };

  if (outcome.state === "full")
    return outcome.choice
      ? { ...login.typed, choice: outcome.choice }
      : { ...login.typed, errors: { form: t("loginPage.full") } };

  const next = nextAddress(login.next);
  if (outcome.state === "second-step") await setLoginCookie(outcome.half);
  redirect(outcome.state === "second-step" ? leadingTo("/login/verify", next) : next);
}

/** Completes a log-in at the session limit, by ending the session that the user chose. */
export async function makeRoom(_previous: LoginState, form: FormData): Promise<LoginState> {
  const { t } = words();
  const parsed = parseFields(form, { ticket: TOKEN, handle: HANDLE, public: ANYTHING, next: ANYTHING });
  if ("errors" in parsed) return { errors: { form: t("loginPage.choose") } };

  const { ticket, handle, public: isPublic, next } = parsed.fields;
  const outcome = await logInInstead(ticket, handle, isPublic === "on");
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "refused")
    redirect(`${await sayingOnce("/login", "too-late")}&next=${encodeURIComponent(nextAddress(next))}`);
  if (outcome.state === "full")
    return outcome.choice ? { choice: outcome.choice } : { errors: { form: t("loginPage.full") } };

  redirect(outcome.state === "second-step" ? leadingTo("/login/verify", nextAddress(next)) : nextAddress(next));
}
