"use server";

import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { resetPassword } from "@/lib/auth/recovery";
import { ANYTHING, PASSWORD, parseFields, TOKEN } from "@/lib/forms/fields";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { PROBLEMS } from "@/lib/password/problems";
import { sayingOnce } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type ResetState = FormState<"password" | "token"> & { isSpent?: boolean };

export async function choosePassword(_previous: ResetState, form: FormData): Promise<ResetState> {
  const parsed = parseFields(form, { token: TOKEN, password: PASSWORD, next: ANYTHING });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };

  const outcome = await resetPassword(parsed.fields.token, parsed.fields.password);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "weak") return { errors: { password: words().say(PROBLEMS[outcome.why]) } };
  if (outcome.state === "spent") return { isSpent: true };

  redirect(leadingTo(await sayingOnce("/login", "reset"), nextAddress(parsed.fields.next)));
}
