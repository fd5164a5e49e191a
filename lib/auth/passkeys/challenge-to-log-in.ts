import { networkOf } from "@/lib/throttle/network";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { type RequestOptions, requestOptions } from "./ceremonies";
import type { Bond } from "./challenges";
import { hasPasskeys } from "./relying-party";

/** What a page needs to ask for a passkey, or null where none can be used. */
export type Started = { state: "started"; options: RequestOptions | null };

/**
 * Starts a log-in by passkey in the browser that holds a secret. Nothing is known about its user yet: the result is the
 * same for everybody.
 */
export async function startLogIn(browser: string | null, address: string | null): Promise<Started | TryLater> {
  if (!browser || !hasPasskeys()) return { state: "started", options: null };
  return rateLimited([["challenge", networkOf(address)]], async () => ({
    state: "started" as const,
    options: await requestOptions(bondOf(browser)),
  }));
}

/** What a challenge for a log-in in this browser is bound to. */
export function bondOf(browser: string): Bond {
  return { purpose: "log-in", userId: null, holder: { browser } };
}
