import { db, transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { metrics } from "@/lib/metrics";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession, Binding } from "@/lib/session/store/contract";
import { challengeFor, isChallengeFor, TIME_TO_BIND } from "./challenge";
import { recordWrongKey } from "./copy";
import { proofOf } from "./proof";
import type { Proved } from "./register";
import { isSignedBy, parseSigned, type Signed } from "./signature";

export type Refresh =
  | ({ outcome: "proved" } & Proved)
  /** The browser has to sign this challenge. */
  | { outcome: "challenged"; challenge: string }
  /** The signature is not one with the session's key. */
  | { outcome: "refused" }
  /** The session has no key, so the browser's is of an earlier one. */
  | { outcome: "over" }
  /** The key is only being registered. The browser's is of an earlier session, and it asks again. */
  | { outcome: "early" };

/** Checks a browser's signature and proves the session for some time. Refusals write nothing. Throws an Outage. */
export async function refresh(found: ActiveSession, header: string | undefined, client: Client): Promise<Refresh> {
  const refreshed = await check(found, header, client);
  metrics().proofs.inc({ outcome: refreshed.outcome });
  return refreshed;
}

async function check(found: ActiveSession, header: string | undefined, client: Client): Promise<Refresh> {
  const { session, binding, now } = found;
  const { handle, boundAt, confirmedAt } = session;
  if (!binding) return { outcome: now.getTime() - confirmedAt.getTime() < TIME_TO_BIND ? "early" : "over" };

  const { key, provedAt } = binding;
  const challenged = { outcome: "challenged" as const, challenge: challengeFor({ handle, provedAt }, now) };
  if (!header) return challenged;
  const signed = parseSigned(header);
  if (!signed || !isOfKey(key, signed)) {
    if (!boundAt && now.getTime() - provedAt.getTime() < TIME_TO_BIND) return { outcome: "early" };
    if (boundAt) await recordWrongKey(found, client);
    return { outcome: "refused" };
  }
  // An old challenge under a good signature is a race, never a theft.
  if (!isChallengeFor(signed.challenge, { handle, provedAt }, now)) return challenged;

  const proved = await prove(found, provedAt, client);
  // Another request of this browser was first. It gets the challenge that is good now when it comes again.
  if (!proved) return challenged;
  const next = challengeFor({ handle, provedAt: proved }, proved);
  return { outcome: "proved", proof: proofOf(handle, proved), challenge: next };
}

/** Whether the signature is one with this key. Only a registration brings the key itself. */
function isOfKey(key: Binding["key"], signed: Signed): boolean {
  return signed.jwk === undefined && isSignedBy(key, signed);
}

/** Records the proof. The first one binds the session, of which the ledger has a line. */
async function prove({ session, user }: ActiveSession, provedAt: Date, client: Client): Promise<Date | null> {
  const { handle, boundAt } = session;
  if (boundAt) return sessionStore().prove(db(), handle, provedAt);
  return transaction(async (tx) => {
    const proved = await sessionStore().prove(tx, handle, provedAt);
    const line = { userId: user.id, byUserId: user.id, sessionHandle: handle, ...client };
    if (proved) await record(tx, { event: "session_renewed", reason: "bound", ...line });
    return proved;
  });
}
