"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import {
  cancelRecoveryByLink,
  confirmRecovery,
  finishRecovery,
  requestRecovery,
} from "@/lib/auth/second-factor/recovery";
import { PASSWORD, parseFields, TOKEN } from "@/lib/forms/fields";
import { sayingOnce } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type RequestState = FormState<string> & { sentTo?: string };

/** Emails a link that starts a recovery, to the user whose log-in here waits for its second step. */
export async function askForRecovery(_previous: RequestState): Promise<RequestState> {
  const outcome = await requestRecovery();
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "refused") return redirect(await sayingOnce("/login", "too-late"));
  return { sentTo: outcome.email };
}

export type LinkState = FormState<"token" | "password"> & { isSpent?: boolean };

/** Starts the delay of the recovery that a link is for. */
export async function startRecovery(_previous: LinkState, form: FormData): Promise<LinkState> {
  const parsed = parseFields(form, { token: TOKEN });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await confirmRecovery(parsed.fields.token);
  if (isTryLater(outcome)) return { tryLater: outcome };
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
