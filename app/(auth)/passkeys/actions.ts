"use server";

import { redirect } from "next/navigation";
import type { LoginState } from "@/app/(auth)/login/actions";
import { logInByPasskey } from "@/lib/auth/passkeys/log-in";
import { rpId } from "@/lib/auth/passkeys/relying-party";
import { ANYTHING, parseFields } from "@/lib/forms/fields";
import { nextAddress } from "@/lib/http/return-path";
import { keepsNoCookies } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** Logs in with a passkey's response, without an email or a password. */
export async function logInWithPasskey(_previous: LoginState, form: FormData): Promise<LoginState> {
  const { t } = words();
  const {
    answer,
    public: isPublic,
    next,
  } = parseFields(form, { answer: ANYTHING, public: ANYTHING, next: ANYTHING }).typed;
  const publicComputer = isPublic === "on";
  if (await keepsNoCookies()) return { publicComputer, errors: { form: t("loginPage.noCookies") } };

  const outcome = await logInByPasskey(answer, { publicComputer, email: null });
  if (isTryLater(outcome)) return { publicComputer, tryLater: outcome };
  if (outcome.state === "refused" || outcome.state === "other-account")
    return { publicComputer, errors: { form: t("passkeys.wrong") } };
  if (outcome.state === "disputed") return { publicComputer, errors: { form: t("passkeys.disputed") } };
  if (outcome.state === "unknown")
    return { publicComputer, errors: { form: t("passkeys.unknown") }, unknown: { rpId: rpId(), id: outcome.id } };
  if (outcome.state === "full")
    return outcome.choice
      ? { publicComputer, choice: outcome.choice }
      : { publicComputer, errors: { form: t("loginPage.full") } };

  redirect(nextAddress(next));
}
