"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { secureAccount } from "@/lib/auth/recovery";
import { parseFields, TOKEN } from "@/lib/forms/fields";
import { isTryLater } from "@/lib/throttle/rate-limited";

export type SecureState = FormState<"token"> & { isSpent?: boolean; isTaken?: boolean };

/** Ends every session, and redirects to choose a new password. */
export async function secure(_previous: SecureState, form: FormData): Promise<SecureState> {
  const parsed = parseFields(form, { token: TOKEN });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await secureAccount(parsed.fields.token);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "spent") return { isSpent: true };

  if (!outcome.token) return { isTaken: true };

  redirect(`/reset-password?token=${outcome.token}`);
}
