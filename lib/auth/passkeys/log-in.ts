import * as entry from "@/lib/auth/log-in";
import { metrics } from "@/lib/metrics";
import { currentBrowser, currentClient } from "@/lib/session/current";
import { networkOf } from "@/lib/throttle/network";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { takeBackTry } from "@/lib/throttle/store";
import { acceptAssertion, amrOf, type RequestOptions, requestOptions, type Signed } from "./ceremonies";
import type { Bond } from "./challenges";
import { recordRefused } from "./refusals";
import { hasPasskeys } from "./relying-party";

/** What a page needs to ask for a passkey, or null where none can be used. */
export type Started = { state: "started"; options: RequestOptions | null };

/** Starts a log-in by passkey in this browser. Nothing is known about its user yet. */
export async function startLogIn(): Promise<Started | TryLater> {
  const [bond, { ipAddress }] = [await bondHere(), await currentClient()];
  if (!bond || !hasPasskeys()) return { state: "started", options: null };
  return rateLimited([["challenge", networkOf(ipAddress)]], async () => ({
    state: "started" as const,
    options: await requestOptions(bond),
  }));
}

type Manner = {
  publicComputer: boolean;
  /** The email of the only account to log in to, or null for any. */
  email: string | null;
};

/**
 * Logs in in this browser by a passkey's response, which counts as two factors: the device, and what its owner proved to
 * it. "unknown": no account has this passkey any more.
 */
export async function logInByPasskey(
  answer: string,
  { publicComputer, email }: Manner,
): Promise<entry.LogIn | { state: "unknown"; id: string } | { state: "other-account" }> {
  const [bond, client] = [await bondHere(), await currentClient()];
  const subjects: Subject[] = [["passkey", networkOf(client.ipAddress)]];

  return rateLimited(subjects, async () => {
    const signed: Signed = bond ? await acceptAssertion(answer, bond) : { state: "refused", userId: null };
    if (signed.state !== "signed") {
      await recordRefused(signed, client);
      metrics().logins.inc({ outcome: "refused" });
      return signed.state === "unknown" ? { state: "unknown", id: signed.id } : { state: "refused" };
    }
    // This was not a guess, so it doesn't count against others who share the address.
    void takeBackTry(subjects);
    const { key } = signed;
    if (email !== null && key.user.email !== email) return { state: "other-account" };
    return entry.logInByPasskey(key.user, { publicComputer, amr: amrOf(signed) });
  });
}

async function bondHere(): Promise<Bond | null> {
  const browser = await currentBrowser();
  return browser ? { purpose: "log-in", userId: null, holder: { browser } } : null;
}
