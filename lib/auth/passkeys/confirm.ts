import { confirmBy } from "@/lib/auth/reauthenticate";
import { currentClient } from "@/lib/session/current";
import type { ActiveSession } from "@/lib/session/store/contract";
import { networkOf } from "@/lib/throttle/network";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { takeBackTry } from "@/lib/throttle/store";
import { acceptAssertion, amrOf, requestOptions } from "./ceremonies";
import type { Started } from "./challenge-to-log-in";
import type { Bond } from "./challenges";
import { recordRefused } from "./refusals";
import { hasPasskeys } from "./relying-party";
import { countPasskeys } from "./store";

/** Starts to confirm by passkey that the logged-in user is there. */
export async function startConfirming(found: ActiveSession): Promise<Started | TryLater> {
  return rateLimited([["challenge", found.session.handle]], async () => {
    const canUse = hasPasskeys() && (await countPasskeys(found.user.id)) > 0;
    return { state: "started" as const, options: canUse ? await requestOptions(bondOf(found)) : null };
  });
}

/** Confirms it by a passkey's response: one of the user's own. The session gets a new token (ASVS 7.2.4). */
export async function confirmByPasskey(
  found: ActiveSession,
  answer: string,
): Promise<{ state: "confirmed" } | { state: "refused" } | TryLater> {
  const client = await currentClient();
  const subjects: Subject[] = [["passkey", networkOf(client.ipAddress)]];

  return rateLimited(subjects, async () => {
    const signed = await acceptAssertion(answer, bondOf(found));
    if (signed.state !== "signed") {
      await recordRefused(signed, client, found.session.handle);
      return { state: "refused" };
    }
    // This was not a guess, so it doesn't count against others who share the address.
    void takeBackTry(subjects);
    const { factorVersion } = signed.key.user;
    return { state: (await confirmBy(found, amrOf(signed), { factorVersion })) ? "confirmed" : "refused" };
  });
}

function bondOf({ user, session }: ActiveSession): Bond {
  return { purpose: "confirm", userId: user.id, holder: { session: session.handle } };
}
