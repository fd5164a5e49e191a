import { attempt, type Hindrance, unlessHindered } from "@/lib/auth/attempt";
import { accountSubject } from "@/lib/auth/authenticate";
import { forgetBrowsers } from "@/lib/auth/known-browser";
import { refusalOf } from "@/lib/auth/new-password";
import { hashPassword } from "@/lib/auth/password";
import { forgetTries, networkOf } from "@/lib/auth/throttle";
import { db, transaction } from "@/lib/db";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import { currentWhence } from "@/lib/session/current";
import { endSessionsOf, revokeSession } from "@/lib/session/store";
import { createLink, findLink, spendLink, withdrawLater, withdrawLinks } from "./links";
import { findUser, findUserByEmail } from "./store";

/** Asks for a link by which a new password is chosen. Whether there is such an account is said in the mail only. */
export async function requestReset(email: string): Promise<{ state: "sent" } | Hindrance> {
  const { ipAddress } = await currentWhence();

  return attempt(
    [
      ["mailbox", email],
      ["sender", networkOf(ipAddress)],
    ],
    async () => {
      await enqueue(db(), email, { kind: "reset", details: {} });
      return { state: "sent" };
    },
  );
}

export type Reset = { state: "reset" } | { state: "weak"; why: string } | { state: "spent" } | Hindrance;

/**
 * Gives the account that a link is about a new password, and ends all of its
 * sessions. Logs in nowhere: who has the new password can. What strangers have
 * guessed is forgotten, and so is every browser known to the account.
 */
export async function resetPassword(token: string, password: string): Promise<Reset> {
  const whence = await currentWhence();

  return attempt<Reset>([["sender", networkOf(whence.ipAddress)]], async () => {
    const link = await findLink(token, "reset");
    const user = link?.userId ? await findUser(link.userId) : null;
    if (!user || user.disabledAt) return { state: "spent" };

    const why = await refusalOf(password, user.email);
    if (why) return { state: "weak", why };
    const passwordHash = await hashPassword(password);

    return transaction(async (tx) => {
      if (!(await spendLink(tx, token, "reset"))) return { state: "spent" };

      const { id: userId, email } = user;
      await tx.user.update({ where: { id: userId }, data: { passwordHash }, select: { id: true } });
      await endSessionsOf(tx, { userId, except: null }, "password-changed", { userId, ...whence });
      await withdrawLinks(tx, userId);
      await forgetBrowsers(tx, userId, { except: null });
      await forgetTries(tx, [accountSubject(email)]);
      await record(tx, { event: "authn_password_change", userId, byUserId: userId, reason: "reset", ...whence });
      await enqueue(tx, email, {
        kind: "incident",
        details: { about: "password-changed", userId, at: new Date().toISOString(), handle: null, ...whence },
      });
      return { state: "reset" };
    });
  });
}

/**
 * Answers "this was not me": ends the session in which it was done, gives an
 * account back the address that the mail went to, should it have another by now,
 * and returns the token of a link by which a new password is chosen.
 */
export async function secureAccount(
  token: string,
): Promise<{ state: "secured"; token: string } | { state: "spent" } | Hindrance> {
  const whence = await currentWhence();

  return unlessHindered(async () => {
    const secured = await transaction(async (tx) => {
      const link = await spendLink(tx, token, "not-me");
      if (!link?.userId) return null;

      const { userId, email, sessionHandle } = link;
      const by = { userId, ...whence };
      if (sessionHandle) await revokeSession(tx, { userId, handle: sessionHandle }, by);
      await withdrawLinks(tx, userId);
      await withdrawLater(tx, link);
      if (!(await findUserByEmail(email, tx))) {
        await tx.user.update({ where: { id: userId }, data: { email }, select: { id: true } });
        await record(tx, { event: "user_updated", userId, byUserId: userId, reason: "email-restored", ...whence });
      }
      return { userId, email };
    });
    if (!secured) return { state: "spent" };

    const { userId, email } = secured;
    return { state: "secured", token: await createLink({ kind: "reset", about: userId, email, userId }) };
  });
}
