"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { secureAccount } from "@/lib/auth/recovery";
import { KEPT, parseFields, TOKEN } from "@/lib/forms/fields";
import { isTryLater } from "@/lib/throttle/rate-limited";

export type SecureState = FormState<"token" | "keep"> & { isSpent?: boolean; isTaken?: boolean };

/** Ends every session, removes the new factors that are not kept, and redirects to choose a new password. */
export async function secure(_previous: SecureState, form: FormData): Promise<SecureState> {
  const parsed = parseFields(form, { token: TOKEN, keep: KEPT });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await secureAccount(parsed.fields.token, parsed.fields.keep.split(" "));
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "spent") return { isSpent: true };

  if (!outcome.token) return { isTaken: true };

  redirect(`/reset-password?token=${outcome.token}`);
}
