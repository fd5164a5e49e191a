"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import {
  cancelRecoveryByLink,
  confirmRecovery,
  finishRecovery,
  requestRecovery,
  stopRecoveryByCode,
} from "@/lib/auth/second-factor/recovery";
import { CODE, EMAIL, PASSWORD, parseFields, TOKEN } from "@/lib/forms/fields";
import { sayingOnce } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { BARRED } from "@/lib/users/recoveries";
import { words } from "@/lib/words";

export type RequestState = FormState<string> & { sentTo?: string; isLast?: boolean };

/** Emails a link that starts a recovery, to the user whose log-in here waits for its second step. */
export async function askForRecovery(_previous: RequestState): Promise<RequestState> {
  const outcome = await requestRecovery();
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "refused") return redirect(await sayingOnce("/login", "too-late"));
  if (outcome.state === "barred") return { errors: { form: barred() } };
  return { sentTo: outcome.email, isLast: outcome.isLast };
}

export type LinkState = FormState<"token" | "password"> & { isSpent?: boolean };

/** Starts the delay of the recovery that a link is for. */
export async function startRecovery(_previous: LinkState, form: FormData): Promise<LinkState> {
  const parsed = parseFields(form, { token: TOKEN });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await confirmRecovery(parsed.fields.token);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "barred") return { errors: { form: barred() } };
  // The link is spent, so this address no longer shows the form.
  return outcome.state === "started" ? redirect(await sayingOnce("/recover", "started")) : { isSpent: true };
}

/** Stops the recovery that a link is about. */
export async function stopRecovery(_previous: LinkState, form: FormData): Promise<LinkState> {
  const parsed = parseFields(form, { token: TOKEN });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await cancelRecoveryByLink(parsed.fields.token);
  if (isTryLater(outcome)) return { tryLater: outcome };
  return outcome.state === "cancelled" ? redirect(await sayingOnce("/recover", "stopped")) : { isSpent: true };
}

export type StopState = FormState<"email" | "code"> & { email?: string };

/** Stops the recovery of an account by its email and a code, without its password. */
export async function stopWithCode(_previous: StopState, form: FormData): Promise<StopState> {
  const parsed = parseFields(form, { email: EMAIL, code: CODE });
  const { email } = parsed.typed;
  if ("errors" in parsed) return { email, errors: inWords(parsed.errors) };

  const outcome = await stopRecoveryByCode(parsed.fields.email, parsed.fields.code);
  if (isTryLater(outcome)) return { email, tryLater: outcome };
  if (outcome.state === "refused") return { email, errors: { form: words().t("recover.notStopped") } };
  redirect(await sayingOnce("/recover", "stopped-by-code"));
}

/** Ends the recovery that a link is for: removes every factor, and logs in with the password. */
export async function endRecovery(_previous: LinkState, form: FormData): Promise<LinkState> {
  const parsed = parseFields(form, { token: TOKEN, password: PASSWORD });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await finishRecovery(parsed.fields.token, parsed.fields.password);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "spent") return { isSpent: true };
  if (outcome.state === "refused") return { errors: { password: words().t("recover.wrong") } };
  redirect(outcome.state === "logged-in" ? "/account/security" : await sayingOnce("/login", "recovered"));
}

function barred(): string {
  const { t, duration } = words();
  return t("recover.barred", { length: duration(BARRED) });
}
