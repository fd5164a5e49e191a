"use server";

import { redirect } from "next/navigation";
import { type Hindrance, isHindrance } from "@/lib/auth/attempt";
import { type Errors, PASSWORD, parseFields, TOKEN } from "@/lib/auth/fields";
import { sayingOnce } from "@/lib/session/current";
import { resetPassword } from "@/lib/users/recovery";

export type ResetState = { errors?: Errors<"password" | "token">; hindrance?: Hindrance; isSpent?: boolean };

export async function choosePassword(_previous: ResetState, form: FormData): Promise<ResetState> {
  const parsed = parseFields(form, { token: TOKEN, password: PASSWORD });
  if ("errors" in parsed) return { errors: parsed.errors };

  const outcome = await resetPassword(parsed.fields.token, parsed.fields.password);
  if (isHindrance(outcome)) return { hindrance: outcome };
  if (outcome.state === "weak") return { errors: { password: outcome.why } };
  if (outcome.state === "spent") return { isSpent: true };

  redirect(await sayingOnce("/login", "reset"));
}
