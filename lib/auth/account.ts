import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { forgetPerson } from "@/lib/ledger/retention";
import { record } from "@/lib/ledger/store";
import { enqueue, type Incident } from "@/lib/mail/queue";
import { passwordProblem } from "@/lib/password/choose";
import { hashPassword, isSamePassword } from "@/lib/password/hash";
import type { NewPasswordProblem } from "@/lib/password/problems";
import {
  clearSessionCookie,
  currentClient,
  currentDevice,
  currentToken,
  lockActor,
  setSessionCookie,
} from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { networkOf } from "@/lib/throttle/network";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import { forgetGuesses, mailTo } from "@/lib/throttle/store";
import {
  rememberEmailChange,
  spendOneTimeToken,
  withdrawEmailChange,
  withdrawLinks,
} from "@/lib/users/one-time-tokens";
import { withdrawRecovery } from "@/lib/users/recoveries";
import { findUser, findUserByEmail, isLastAdministrator, isTaken, replacePasswordHash } from "@/lib/users/store";
import { requestedLocale } from "@/lib/words";
import { forgetBrowsers } from "./device";
import { type WrongPassword, withReauthentication } from "./reauthenticate";

/** The account has changed since the request was made, so nothing is done. */
class Superseded extends Error {}

/** Changes the name of the account. */
export async function changeName(found: ActiveSession, name: string): Promise<{ state: "changed" } | TryLater> {
  const { user, session } = found;
  const client = await currentClient();

  return rateLimited([["change", session.handle]], async () =>
    transaction(async (tx) => {
      await lockActor(tx, found);
      const { count } = await tx.user.updateMany({ where: { id: user.id, name: { not: name } }, data: { name } });
      // Nothing has happened if it is the name that it was.
      if (count === 0) return { state: "changed" };
      await sessionStore().changed(tx, user.id);
      await record(tx, { event: "user_updated", userId: user.id, byUserId: user.id, reason: "name", ...client });
      return { state: "changed" };
    }),
  );
}

/**
 * Changes the password, if the current one is right. In one transaction, ends every
 * other session, gives this one a new token (ASVS 7.2.4, 7.4.3), and forgets the
 * account's other known browsers.
 */
export async function changePassword(
  found: ActiveSession,
  { current, next }: { current: string; next: string },
): Promise<
  { state: "changed"; ended: number } | WrongPassword | { state: "weak"; why: NewPasswordProblem } | TryLater
> {
  const { user, session, hasSecondFactor } = found;
  return withReauthentication(found, current, async (passwordHash) => {
    const why = isSamePassword(current, next)
      ? "same"
      : await passwordProblem(next, { ...user, hasSecondFactor }, "known");
    if (why) return { state: "weak", why };

    const to = await hashPassword(next, "known");
    const [client, device, token] = [await currentClient(), await currentDevice(), await currentToken()];
    const userId = user.id;

    const done = await transaction(async (tx) => {
      await lockActor(tx, found);
      if (!(await replacePasswordHash(tx, userId, { from: passwordHash, to }))) return null;

      const by = { userId, ...client };
      const ended = await sessionStore().end(tx, { userId, except: session.handle }, "password-changed", by);
      await withdrawLinks(tx, userId);
      await withdrawRecovery(tx, userId, { byUserId: userId, sessionHandle: session.handle, ...client });
      await forgetBrowsers(tx, userId, { except: device });
      await forgetGuesses(tx, user.email);
      await record(tx, {
        event: "authn_password_change",
        userId,
        byUserId: userId,
        sessionHandle: session.handle,
        ...client,
      });
      await enqueue(tx, user.email, incident("password-changed", { user, session }, client));
      return { ended, renewed: token && (await sessionStore().renew(tx, token)) };
    });
    // The password was changed elsewhere meanwhile, so the one that was entered is out of date.
    if (!done) return { state: "wrong-password" };

    if (done.renewed) await setSessionCookie(done.renewed, { ...session, role: user.role });
    return { state: "changed", ended: done.ended };
  });
}

/**
 * Requests a change of address by an email to the new one. Nothing changes until its
 * link is used. Replaces an earlier request.
 */
export async function requestEmailChange(found: ActiveSession, email: string): Promise<{ state: "sent" } | TryLater> {
  const { user } = found;
  const { ipAddress } = await currentClient();

  return rateLimited([...mailTo("change-email", email, ipAddress), ["sender", networkOf(ipAddress)]], async () => {
    await transaction(async (tx) => {
      await lockActor(tx, found);
      await withdrawEmailChange(tx, user.id);
      await rememberEmailChange(tx, user.id, email);
      await enqueue(tx, email, { kind: "change-email", details: { userId: user.id, locale: requestedLocale() } });
    });
    return { state: "sent" };
  });
}

/** Withdraws a requested change of address: its link stops working. */
export async function cancelEmailChange(found: ActiveSession): Promise<{ state: "cancelled" } | TryLater> {
  return orTryLater(async () => {
    await transaction(async (tx) => {
      await lockActor(tx, found);
      await withdrawEmailChange(tx, found.user.id);
    });
    return { state: "cancelled" };
  });
}

type EmailChange = { state: "changed"; email: string } | { state: "spent" } | TryLater;

/**
 * Moves an account to the address that the link was sent to, and notifies the old
 * address. Requires a session of that account: otherwise anyone with access to the
 * address could take over an account that asked to use it.
 */
export async function confirmEmailChange(
  token: string,
  found: Pick<ActiveSession, "user" | "session">,
): Promise<EmailChange> {
  const client = await currentClient();

  return rateLimited<EmailChange>([["sender", networkOf(client.ipAddress)]], async () =>
    transaction<EmailChange>(async (tx) => {
      await lockActor(tx, found);
      const link = await spendOneTimeToken(tx, token, "change-email");
      if (link?.userId !== found.user.id) throw new Superseded();
      const user = link?.userId ? await findUser(link.userId, tx) : null;
      if (!link || !user || user.disabledAt || (await findUserByEmail(link.email, tx))) return { state: "spent" };
      // Withdrawn while the email with this link was being composed.
      if (user.pendingEmail !== link.email) return { state: "spent" };

      const { id: userId } = user;
      await tx.user.update({ where: { id: userId }, data: { email: link.email }, select: { id: true } });
      await sessionStore().changed(tx, userId);
      // Links that were sent to the old address no longer prove anything.
      await withdrawLinks(tx, userId);
      await withdrawRecovery(tx, userId, { byUserId: userId, ...client });
      await record(tx, { event: "user_updated", userId, byUserId: userId, reason: "email", ...client });
      await enqueue(tx, user.email, incident("email-changed", { user, session: null }, client));
      return { state: "changed", email: link.email };
    }).catch((error) => {
      // Another account took this address at the same moment.
      if (isTaken(error) || error instanceof Superseded) return { state: "spent" };
      throw error;
    }),
  );
}

type Deletion = { state: "deleted" } | { state: "last-administrator" } | WrongPassword;

/**
 * Deletes an account, its sessions and all personal data. Its ledger lines stay,
 * without addresses and browsers. The last administrator can't be deleted.
 */
export async function deleteAccount(found: ActiveSession, password: string): Promise<Deletion | TryLater> {
  const { user } = found;
  const userId = user.id;

  return withReauthentication(found, password, async (passwordHash) => {
    const client = await currentClient();
    const outcome = await transaction<Deletion>(async (tx) => {
      if (await isLastAdministrator(tx, userId)) return { state: "last-administrator" };
      await lockActor(tx, found);

      await sessionStore().end(tx, { userId, except: null }, "revoked", { userId, ...client });
      await record(tx, { event: "user_deleted", userId, byUserId: userId, ...client });
      await forgetPerson(tx, userId);
      await tx.mail.deleteMany({ where: { recipient: user.email } });
      await forgetGuesses(tx, user.email);
      const { count } = await tx.user.deleteMany({ where: { id: userId, passwordHash } });
      // The password was changed meanwhile, so the user entered an outdated one.
      if (count === 0) throw new Superseded();
      const { kind, details } = incident("account-deleted", { user, session: null }, client);
      await enqueue(tx, user.email, { kind, details: { ...details, locale: found.locale, timeZone: found.timeZone } });
      return { state: "deleted" };
    }).catch((error): Deletion => {
      if (error instanceof Superseded) return { state: "wrong-password" };
      throw error;
    });
    if (outcome.state === "deleted") await clearSessionCookie();
    return outcome;
  });
}

function incident(
  about: Incident["about"],
  { user, session }: { user: { id: string }; session: { handle: string } | null },
  client: Client,
) {
  const at = new Date().toISOString();
  return {
    kind: "incident" as const,
    details: { about, userId: user.id, at, handle: session?.handle ?? null, ...client },
  };
}
