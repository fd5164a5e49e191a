import { db, transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { passwordProblem } from "@/lib/password/choose";
import { hashPassword, nobodysHash, verifyPassword } from "@/lib/password/hash";
import type { NewPasswordProblem } from "@/lib/password/problems";
import { currentClient } from "@/lib/session/current";
import { lockUser, sessionStore } from "@/lib/session/store";
import { networkOf } from "@/lib/throttle/network";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { forgetGuesses, mailTo } from "@/lib/throttle/store";
import {
  createOneTimeToken,
  findOneTimeToken,
  spendOneTimeToken,
  spendTokenOf,
  withdrawLater,
  withdrawLinks,
} from "@/lib/users/one-time-tokens";
import { withdrawRecovery } from "@/lib/users/recoveries";
import { findUser, findUserByEmail } from "@/lib/users/store";
import { requestedLocale } from "@/lib/words";
import { forgetBrowsers } from "./device";
import { disputedSince, disputeFactors } from "./second-factor/disputed";

/**
 * Requests a link for choosing a new password, which leads on to `next`. Only the email says whether
 * the account exists.
 */
export async function requestReset(email: string, next: string): Promise<{ state: "sent" } | TryLater> {
  const { ipAddress } = await currentClient();

  return rateLimited([...mailTo("reset", email, ipAddress), ["sender", networkOf(ipAddress)]], async () => {
    await enqueue(db(), email, { kind: "reset", details: { next, locale: requestedLocale() } });
    return { state: "sent" };
  });
}

export type Reset = { state: "reset" } | { state: "weak"; why: NewPasswordProblem } | { state: "spent" } | TryLater;

/**
 * Sets a new password for the account that a link is for, and ends all of its
 * sessions. Forgets guesses and known browsers. Starts no session: the user can log
 * in with the new password.
 */
export async function resetPassword(token: string, password: string): Promise<Reset> {
  const client = await currentClient();

  return rateLimited<Reset>([["sender", networkOf(client.ipAddress)]], async () => {
    const link = await findOneTimeToken(token, "reset", "invitation");
    const user = link?.userId ? await findUser(link.userId) : null;
    if (!user || user.disabledAt) return { state: "spent" };

    const before = link?.passwordHash ?? user.passwordHash;
    const why = (await passwordProblem(password, user)) ?? ((await verifyPassword(password, before)) ? "same" : null);
    if (why) return { state: "weak", why };
    const passwordHash = await hashPassword(password);

    return transaction(async (tx) => {
      const locked = await lockUser(tx, user.id);
      if (!locked || locked.disabledAt) return { state: "spent" };
      if (!(await spendTokenOf(tx, locked, token, "reset", "invitation"))) return { state: "spent" };

      const { id: userId, email } = locked;
      await tx.user.update({ where: { id: userId }, data: { passwordHash }, select: { id: true } });
      await sessionStore().end(tx, { userId, except: null }, "password-changed", { userId, ...client });
      await withdrawLinks(tx, userId);
      await withdrawRecovery(tx, userId, { byUserId: userId, ...client });
      await forgetBrowsers(tx, userId, { except: null });
      await forgetGuesses(tx, email);
      await record(tx, { event: "authn_password_change", userId, byUserId: userId, reason: "reset", ...client });
      await enqueue(tx, email, {
        kind: "incident",
        details: { about: "password-changed", userId, at: new Date().toISOString(), handle: null, ...client },
      });
      return { state: "reset" };
    });
  });
}

type Secured =
  | {
      state: "secured";
      /** For the link to choose a new password; null if another account has the address by now. */
      token: string | null;
    }
  | { state: "spent" }
  | TryLater;

/**
 * Handles "this was not me": ends every session of the account, disputes the factors
 * that were added since, except for those to `keep`, and returns a token for choosing
 * a new password. If the account's address was changed, restores the one that received
 * the email. If disputed factors stay for now, the password stops working: with it, they
 * would log in and stop their own recovery.
 */
export async function secureAccount(token: string, keep: string[]): Promise<Secured> {
  const client = await currentClient();

  return orTryLater<Secured>(async () => {
    const owned = await findOneTimeToken(token, "not-me");
    const since = owned && (await disputedSince(owned));
    return transaction<Secured>(async (tx) => {
      const locked = owned?.userId ? await lockUser(tx, owned.userId) : null;
      const link = await spendOneTimeToken(tx, token, "not-me");
      if (!link?.userId) return { state: "spent" };

      const { userId, email } = link;
      await sessionStore().end(tx, { userId, except: null }, "revoked", { userId, ...client });
      await forgetBrowsers(tx, userId, { except: null });
      await withdrawLinks(tx, userId);
      await withdrawRecovery(tx, userId, { byUserId: userId, ...client });
      await withdrawLater(tx, link);
      const isDisputed = since !== null && (await disputeFactors(tx, { userId, email }, { since, keep }, client));

      const owner = await findUserByEmail(email, tx);
      if (owner && owner.id !== userId) return { state: "secured", token: null };
      if (!owner) {
        await tx.user.update({ where: { id: userId }, data: { email }, select: { id: true } });
        await sessionStore().changed(tx, userId);
        await record(tx, { event: "user_updated", userId, byUserId: userId, reason: "email-restored", ...client });
      }
      if (isDisputed)
        await tx.user.update({ where: { id: userId }, data: { passwordHash: nobodysHash() }, select: { id: true } });
      // So that the new password is another one than the one before.
      const { passwordHash = null } = locked ?? {};
      const its = { kind: "reset", about: userId, email, userId, passwordHash } as const;
      return { state: "secured", token: await createOneTimeToken(its, tx) };
    });
  });
}
