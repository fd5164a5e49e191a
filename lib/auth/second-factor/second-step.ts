import { findHalfLogin, finishLogIn, type LogIn } from "@/lib/auth/log-in";
import type { HalfLogin } from "@/lib/session/cookie";
import { hashToken } from "@/lib/session/token";
import { orTryLater } from "@/lib/throttle/rate-limited";
import { findRecovery, type Recovery } from "@/lib/users/recoveries";
import { type CodeOutcome, enterCode } from "./codes";
import { type Factors, factorsOf } from "./factors";

/** The outcome of a second step. "refused" means that the log-in has to begin anew. */
export type SecondStep = LogIn | Extract<CodeOutcome, { state: "wrong-code" | "stopped" }>;

/** Takes the second step of a log-in, by default the one in this browser's cookie, with a code of the authenticator app or a recovery code. */
export async function takeSecondStep(
  code: string,
  { trust, given }: { trust: boolean; given?: HalfLogin },
): Promise<SecondStep> {
  return orTryLater<SecondStep>(async () => {
    const half = await findHalfLogin(given);
    if (!half) return { state: "refused" };

    const step = ["step", Buffer.from(hashToken(half.token)).toString("base64url")] as const;
    const outcome = await enterCode({ user: half.user, step, reason: "code", sessionHandle: null }, code);
    if (outcome.state !== "right") return outcome;
    const { recoveryCode } = outcome;
    return finishLogIn(half, ["otp"], { trust, given, recoveryCode });
  });
}

/** What the page of the second step needs to know; null when no log-in waits for it. Throws an Outage. */
export async function secondStepHere(given?: HalfLogin): Promise<{
  email: string;
  publicComputer: boolean;
  factors: Factors;
  recovery: Recovery | null;
} | null> {
  const half = await findHalfLogin(given);
  if (!half) return null;
  const { user, publicComputer } = half;
  return {
    ...{ email: user.email, publicComputer, factors: await factorsOf(user.id) },
    recovery: await findRecovery(user.id),
  };
}
