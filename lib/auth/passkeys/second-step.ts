import { findHalfLogin, finishLogIn, type LogIn } from "@/lib/auth/log-in";
import type { HalfLogin } from "@/lib/session/cookie";
import { currentClient } from "@/lib/session/current";
import { networkOf } from "@/lib/throttle/network";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { takeBackTry } from "@/lib/throttle/store";
import { acceptAssertion, amrOf, requestOptions } from "./ceremonies";
import type { Started } from "./challenge-to-log-in";
import type { Bond } from "./challenges";
import { recordRefused } from "./refusals";
import { hasPasskeys } from "./relying-party";
import { countPasskeys } from "./store";

type Half = NonNullable<Awaited<ReturnType<typeof findHalfLogin>>>;

/** Starts the second step of a log-in by passkey, by default the one in this browser's cookie: one of the user's own, since the password was right. */
export async function startSecondStep(given?: HalfLogin): Promise<Started | TryLater> {
  const { ipAddress } = await currentClient();
  return rateLimited([["challenge", networkOf(ipAddress)]], async () => {
    const half = await findHalfLogin(given);
    const canUse = half && hasPasskeys() && (await countPasskeys(half.user.id)) > 0;
    return { state: "started" as const, options: canUse ? await requestOptions(bondOf(half)) : null };
  });
}

/** The outcome of a second step by passkey. "refused" means that the log-in has to begin anew. */
type SecondStep = LogIn | { state: "wrong-passkey" };

/** Takes the second step of a log-in by a passkey's response, by default of the one in this browser's cookie. */
export async function takeSecondStepByPasskey(
  answer: string,
  { trust, given }: { trust: boolean; given?: HalfLogin },
): Promise<SecondStep> {
  const client = await currentClient();
  const subjects: Subject[] = [["passkey", networkOf(client.ipAddress)]];

  return orTryLater<SecondStep>(async () => {
    const half = await findHalfLogin(given);
    if (!half) return { state: "refused" };
    return rateLimited<SecondStep>(subjects, async () => {
      const signed = await acceptAssertion(answer, bondOf(half));
      if (signed.state !== "signed") {
        await recordRefused(signed, client);
        return { state: "wrong-passkey" };
      }
      // This was not a guess, so it doesn't count against others who share the address.
      void takeBackTry(subjects);
      return finishLogIn(half, amrOf(signed), { trust, given });
    });
  });
}

function bondOf({ user, token }: Half): Bond {
  return { purpose: "second-step", userId: user.id, holder: { browser: token } };
}
