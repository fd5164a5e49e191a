"use server";

import { redirect } from "next/navigation";
import type { Asked } from "@/app/(auth)/passkeys/asked";
import { confirmByPasskey, startConfirming } from "@/lib/auth/passkeys/confirm";
import { ANYTHING, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { requireConfirmable } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";
import type { ConfirmState } from "./actions";

/** Gets a challenge for the user's own passkeys. */
export async function askToConfirm(): Promise<Asked> {
  const outcome = await startConfirming(await requireConfirmable());
  return isTryLater(outcome) ? { options: null, tryLater: outcome } : { options: outcome.options };
}

/** Confirms the user's identity by a passkey. With `next` it redirects there; without, the dialog continues. */
export async function confirmWithPasskey(_previous: ConfirmState, form: FormData): Promise<ConfirmState> {
  const found = await requireConfirmable();
  const { answer, next } = parseFields(form, { answer: ANYTHING, next: ANYTHING }).typed;

  const outcome = await confirmByPasskey(found, answer);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "refused") return { errors: { form: words().t("passkeys.wrong") } };
  if (!next) return { isConfirmed: true };

  redirect(nextAddress(next));
}
