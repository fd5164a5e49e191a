import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { db, transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { verifyPassword } from "@/lib/password/hash";
import { requestContext } from "@/lib/request-context";
import { currentClient, currentToken, setSessionCookie } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { forgetTries } from "@/lib/throttle/store";
import { findUser } from "@/lib/users/store";

// Who has left a browser open, or lost a cookie, should not lose the account
// with it: what is sensitive asks for the password, unless it was entered just now.

export type WrongPassword = { state: "wrong-password" };

/**
 * Whether the password was entered in this session within `CONFIRM_LIFETIME`,
 * which starts anew if so. The page then asks for it and tries again; without
 * JavaScript the visitor is sent to a page that asks, and back (ASVS 7.5.3).
 */
export async function hasRecentAuthentication({ session }: Pick<ActiveSession, "session">): Promise<boolean> {
  if (await sessionStore().extendConfirmation(session.handle)) return true;
  // Our script says which action it calls; a plain form does not.
  if (!(await headers()).has("next-action")) redirect(`/confirm?next=${encodeURIComponent(requestContext().url)}`);
  return false;
}

/** Confirms who it is by the password. The session gets a new token (ASVS 7.2.4). */
export async function confirmPassword(
  found: ActiveSession,
  password: string,
): Promise<{ state: "confirmed" } | WrongPassword | TryLater> {
  return withReauthentication(found, password, async () => {
    const [token, client] = [await currentToken(), await currentClient()];
    const { user, session } = found;

    const renewed = await transaction(async (tx) => {
      await sessionStore().confirm(tx, session.handle);
      const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...client };
      await record(tx, { event: "authn_login_success", reason: "confirm", ...line });
      return token && (await sessionStore().renew(tx, token));
    });
    if (renewed) await setSessionCookie(renewed, { ...session, role: user.role });
    return { state: "confirmed" };
  });
}

/** Does the work for who enters the account's password, which it is given the hash of. Guesses are limited, session by session. */
export async function withReauthentication<T extends { state: string }>(
  { user, session }: Pick<ActiveSession, "user" | "session">,
  password: string,
  work: (passwordHash: string) => Promise<T>,
): Promise<T | WrongPassword | TryLater> {
  const subject: Subject = ["confirm", session.handle];

  const outcome = await rateLimited<T | TryLater | { state: "wrong"; isAccount: boolean }>([subject], async () => {
    const known = await findUser(user.id);
    if (!known || !(await verifyPassword(password, known.passwordHash, "known")))
      return { state: "wrong", isAccount: known !== null };
    await forgetTries(db(), [subject]);
    return work(known.passwordHash);
  });
  if (outcome.state !== "wrong" || !("isAccount" in outcome)) return outcome as T | TryLater;

  // Of an account that has been deleted meanwhile, nothing personal is kept.
  return orTryLater(async () => {
    const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...(await currentClient()) };
    if (outcome.isAccount) await record(db(), { event: "authn_login_fail", reason: "confirm", ...line });
    return { state: "wrong-password" };
  });
}
