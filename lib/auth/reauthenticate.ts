import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { db, transaction } from "@/lib/db";
import { leadingTo } from "@/lib/http/leading-to";
import { record } from "@/lib/ledger/store";
import { verifyPassword } from "@/lib/password/hash";
import { presented, requestContext } from "@/lib/request-context";
import { type Amr, combined } from "@/lib/session/amr";
import { currentClient, currentToken, lockActor, setSessionCookie } from "@/lib/session/current";
import { isUnproven } from "@/lib/session/dbsc/state";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { forgetTries } from "@/lib/throttle/store";
import { findUser } from "@/lib/users/store";
import { type CodeOutcome, enterCode, redeemRecoveryCode } from "./second-factor/codes";

// An unattended browser or a stolen cookie must not be enough to take over an account.
// So sensitive actions require the password, a code or a passkey, unless the user confirmed by one recently.

export type WrongPassword = { state: "wrong-password" };

/**
 * Whether the user confirmed their identity in this session within `CONFIRM_LIFETIME`. If so,
 * that period restarts. If not, the page asks for the password, a code or a passkey and tries
 * again; without JavaScript this redirects to a page that asks and leads back (ASVS 7.5.3).
 */
export async function hasRecentAuthentication({ session }: Pick<ActiveSession, "session">): Promise<boolean> {
  if (await sessionStore().extendConfirmation(session.handle)) return true;
  // Our script sends the header of a Server Action; a plain form does not.
  if (!(await headers()).has("next-action")) redirect(`/confirm?next=${encodeURIComponent(requestContext().url)}`);
  return false;
}

/**
 * Whether the user may change their factors now: after a recent authentication, and only in a session that has the
 * second factor if there is one. Otherwise the password and a browser that is not asked for it would be enough to
 * take it away. Redirects such a session to the page that asks for it.
 */
export async function mayChangeFactors(
  found: Pick<ActiveSession, "session" | "hasSecondFactor">,
  page = "/account/security",
): Promise<boolean> {
  if (found.hasSecondFactor && found.session.level === 1) redirect(leadingTo("/confirm?second-factor", page));
  return hasRecentAuthentication(found);
}

/**
 * Confirms the user's identity by the password. The session gets a new token (ASVS 7.2.4). It is not enough in place of
 * the proof of a session with a second factor, which a copied cookie and a stolen password would otherwise open.
 */
export async function confirmPassword(
  found: ActiveSession,
  password: string,
): Promise<{ state: "confirmed" | "needs-code" } | WrongPassword | TryLater> {
  if (found.session.level === 2 && isUnproven(found, presented().proof)) return { state: "needs-code" };
  return withReauthentication(found, password, async (passwordHash) => {
    const isConfirmed = await confirmBy(found, ["pwd"], { passwordHash });
    return isConfirmed ? { state: "confirmed" as const } : { state: "wrong-password" as const };
  });
}

/**
 * Confirms the user's identity, after a proof of it was right for the account as it was `before` the check: by its
 * password's hash, or the version of its factors, with the recovery code to use up if it was one. Returns false if that
 * has changed meanwhile. The session keeps its earlier proofs, too, and gets a new token (ASVS 7.2.4).
 * @public
 */
export async function confirmBy(
  found: ActiveSession,
  proof: readonly Amr[],
  before: { passwordHash: string } | { factorVersion: number; recoveryCode?: string | null },
): Promise<boolean> {
  const { user, session, binding } = found;
  const [token, client] = [await currentToken(), await currentClient()];
  // A browser that has lost its key, or did not show that it has one, gets a new one.
  const isBound = session.boundAt !== null && !isUnproven(found, presented().proof);

  const confirmed = await transaction(async (tx) => {
    const locked = await lockActor(tx, found);
    const isStill =
      "passwordHash" in before
        ? locked.passwordHash === before.passwordHash
        : locked.factorVersion === before.factorVersion;
    if (!isStill) return null;
    const { recoveryCode = null } = "factorVersion" in before ? before : {};
    const who = { user, sessionHandle: session.handle };
    if (recoveryCode && !(await redeemRecoveryCode(tx, who, recoveryCode, client))) return null;
    if (binding && !isBound) await sessionStore().unbind(tx, session.handle);
    await sessionStore().confirm(tx, session.handle, proof);
    const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...client };
    await record(tx, {
      event: "authn_login_success",
      reason: "confirm",
      detail: combined(...proof).join(" "),
      ...line,
    });
    return { renewed: token && (await sessionStore().renew(tx, token)) };
  });
  if (confirmed?.renewed) await setSessionCookie(confirmed.renewed, { ...session, role: user.role, isBound });
  return confirmed !== null;
}

/** Confirms the user's identity by a code of the authenticator app or a recovery code: see confirmBy. */
export async function confirmCode(found: ActiveSession, code: string): Promise<CodeOutcome | { state: "confirmed" }> {
  return orTryLater(async () => {
    const { user, session } = found;
    const before = await findUser(user.id);
    if (!before) return { state: "wrong-code" };
    const { factorVersion } = before;
    const step = ["step", session.handle] as const;
    const outcome = await enterCode({ user, step, reason: "confirm", sessionHandle: session.handle }, code);
    if (outcome.state !== "right") return outcome;
    const { recoveryCode } = outcome;
    return { state: (await confirmBy(found, ["otp"], { factorVersion, recoveryCode })) ? "confirmed" : "wrong-code" };
  });
}

/**
 * Runs `work` with the account's password hash, if the password is right. Wrong guesses are
 * limited per session.
 */
export async function withReauthentication<T extends { state: string }>(
  { user, session }: Pick<ActiveSession, "user" | "session">,
  password: string,
  work: (passwordHash: string) => Promise<T>,
): Promise<T | WrongPassword | TryLater> {
  const subject: Subject = ["confirm", session.handle];

  // A right password is forgotten as a guess, and counts as a change: it leads to a line in the ledger.
  const subjects: Subject[] = [subject, ["change", session.handle]];
  const outcome = await rateLimited<T | TryLater | { state: "wrong"; isAccount: boolean }>(subjects, async () => {
    const known = await findUser(user.id);
    if (!known || !(await verifyPassword(password, known.passwordHash, "known")))
      return { state: "wrong", isAccount: known !== null };
    await forgetTries(db(), [subject]);
    return work(known.passwordHash);
  });
  if (outcome.state !== "wrong" || !("isAccount" in outcome)) return outcome as T | TryLater;

  // If the account was deleted meanwhile, record nothing: no personal data of it is kept.
  return orTryLater(async () => {
    const line = { userId: user.id, byUserId: user.id, sessionHandle: session.handle, ...(await currentClient()) };
    if (outcome.isAccount) await record(db(), { event: "authn_login_fail", reason: "confirm", detail: "pwd", ...line });
    return { state: "wrong-password" };
  });
}
