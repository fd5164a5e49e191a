import { redirect } from "next/navigation";
import type { LoginState } from "@/app/(auth)/login/actions";
import type { FormState } from "@/app/ui/form/form-state";
import type { LogIn } from "@/lib/auth/log-in";
import { leadingTo } from "@/lib/http/leading-to";
import { sayingOnce } from "@/lib/session/current";
import type { TryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type VerifyState = FormState<"code"> & Pick<LoginState, "choice" | "publicComputer"> & { isTrusted?: boolean };

/** What follows the second step of a log-in, once its code or passkey was right: `next`, a choice, or a new log-in. */
export async function afterStep(
  outcome: Exclude<LogIn, TryLater>,
  { isTrusted, next }: { isTrusted: boolean; next: string },
): Promise<VerifyState> {
  if (outcome.state === "logged-in") return redirect(next);
  if (outcome.state !== "full") return redirect(leadingTo(await sayingOnce("/login", "too-late"), next));
  return outcome.choice ? { choice: outcome.choice } : { isTrusted, errors: { form: words().t("loginPage.full") } };
}
