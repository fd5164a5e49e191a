import * as entry from "@/lib/auth/log-in";
import { metrics } from "@/lib/metrics";
import { currentBrowser, currentClient } from "@/lib/session/current";
import { networkOf } from "@/lib/throttle/network";
import { rateLimited } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { takeBackTry } from "@/lib/throttle/store";
import { isInDispute } from "@/lib/users/recoveries";
import { acceptAssertion, amrOf, type Signed } from "./ceremonies";
import { bondOf } from "./challenge-to-log-in";
import { recordRefused } from "./refusals";

type Manner = {
  publicComputer: boolean;
  /** The email of the only account to log in to, or null for any. */
  email: string | null;
};

/**
 * Logs in in this browser by a passkey's response, which counts as two factors: the device, and what its owner proved to
 * it. "unknown": no account has this passkey any more. "disputed": its account's owner denied it.
 */
export async function logInByPasskey(
  answer: string,
  { publicComputer, email }: Manner,
): Promise<entry.LogIn | { state: "unknown"; id: string } | { state: "other-account" } | { state: "disputed" }> {
  const [browser, client] = [await currentBrowser(), await currentClient()];
  const subjects: Subject[] = [["passkey", networkOf(client.ipAddress)]];

  return rateLimited(subjects, async () => {
    const signed: Signed = browser
      ? await acceptAssertion(answer, bondOf(browser))
      : { state: "refused", userId: null };
    if (signed.state !== "signed") {
      await recordRefused(signed, client);
      metrics().logins.inc({ outcome: "refused" });
      return signed.state === "unknown" ? { state: "unknown", id: signed.id } : { state: "refused" };
    }
    // This was not a guess, so it doesn't count against others who share the address.
    void takeBackTry(subjects);
    const { key } = signed;
    if (email !== null && key.user.email !== email) return { state: "other-account" };
    // A thief may have added it. After the password, it still takes the second step.
    if (await isInDispute(key.user.id)) {
      metrics().logins.inc({ outcome: "refused" });
      return { state: "disputed" };
    }
    return entry.logInByPasskey(key.user, { publicComputer, amr: amrOf(signed) });
  });
}
