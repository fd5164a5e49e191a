import { isOutage } from "@/lib/db";
import { DAY, env } from "@/lib/env";
import { isLocale, timeZoneOf } from "@/lib/i18n/locale";
import type { Words } from "@/lib/i18n/words";
import { log } from "@/lib/log";
import {
  accountDisabled,
  addressTaken,
  alreadySignedUp,
  confirmNewAddress,
  confirmSignUp,
  invite,
  type Message,
  noAccount,
  resetPassword,
  tellIncident,
  tellRecovery,
} from "@/lib/mail/messages";
import { type Due, dequeue, type Incident, postpone, type RecoveryStep, takeDue } from "@/lib/mail/queue";
import { isRefusedForGood, send } from "@/lib/mail/transport";
import { createOneTimeToken, type OneTimeTokenKind } from "@/lib/users/one-time-tokens";
import { findRecovery } from "@/lib/users/recoveries";
import { findUser, findUserByEmail } from "@/lib/users/store";
import { wordsIn } from "@/lib/words";

/** How often to check for due emails, in milliseconds. */
const INTERVAL = 500;

/** The maximum number of emails that are sent at the same time. */
const AT_ONCE = 4;

/** How long to retry an email, in milliseconds, as mail servers do (RFC 5321 §4.5.4.1). */
const PATIENCE = 5 * DAY;

/**
 * Sends emails as they become due. The returned function stops this and waits for those being sent.
 * Every instance does this, and no two take the same email.
 */
export function deliverMails(): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let round = Promise.resolve();
  let isStopped = false;

  const next = () => {
    timer = setTimeout(() => {
      round = deliverDue(() => isStopped)
        // Unsent emails become due again later.
        .catch((error) => isOutage(error) || log().error({ err: error }, "Mails could not be sent"))
        .then(() => {
          if (!isStopped) next();
        });
    }, INTERVAL);
    timer.unref();
  };
  next();

  return () => {
    isStopped = true;
    clearTimeout(timer);
    return round;
  };
}

/** Sends all emails that are due. Throws an Outage. */
export async function deliverDue(isStopped = () => false): Promise<void> {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (!isStopped()) {
        const due = await takeDue();
        if (!due) return;
        // If one fails, others may fail too: they wait for the next round.
        if (!(await deliver(due))) return;
      }
    }),
  );
}

/** Sends one email, or puts it back. Never logs the recipient, because other people read the log. */
async function deliver(due: Due): Promise<boolean> {
  try {
    await send(due.id, await compose(due));
    await dequeue(due);
    return true;
  } catch (error) {
    if (isOutage(error)) throw error;

    const { code, name } = error as { code?: string; name: string };
    const isLost = isRefusedForGood(error) || Date.now() - due.createdAt.getTime() > PATIENCE;
    // The error message of a mail server may contain the address.
    log().error(
      { mail: due.id, attempts: due.attempts, code: code ?? name },
      `A mail was not sent: ${isLost ? "given up" : "tried again later"}`,
    );
    await (isLost ? dequeue(due) : postpone(due));
    return false;
  }
}

/**
 * Composes the email. Only here we check whether there is an account: a visitor who typed in the
 * address got the same response, after the same work, either way.
 */
async function compose(due: Due): Promise<Message> {
  const { recipient: email } = due;
  const account = await findUserByEmail(email);
  const words = await wordsFor(due, account);

  switch (due.kind) {
    case "sign-up": {
      const { name, passwordHash, next } = due.details;
      if (account) return alreadySignedUp(words, email, next);
      const token = await createOneTimeToken({ kind: "sign-up", about: due.id, email, name, passwordHash });
      return confirmSignUp(words, email, token, next);
    }
    case "reset": {
      if (!account) return noAccount(words, email);
      if (account.disabledAt) return accountDisabled(words, email);
      const { id: userId } = account;
      const token = await createOneTimeToken({ kind: "reset", about: due.id, email, userId });
      return resetPassword(words, email, token, due.details);
    }
    case "invitation": {
      const { userId } = due.details;
      return invite(words, email, await createOneTimeToken({ kind: "invitation", about: userId, email, userId }));
    }
    case "change-email": {
      if (account) return addressTaken(words, email);
      const { userId } = due.details;
      const token = await createOneTimeToken({ kind: "change-email", about: userId, email, userId });
      return confirmNewAddress(words, email, token);
    }
    case "recovery":
      return composeRecovery(due.id, email, due.details, words);
    case "incident":
      return tellIncident(words, email, due.details, await linkAgainst(due.id, email, due.details, account));
  }
}

/** A token that a request may replace would let a thief take the owner's: each email has its own. */
async function composeRecovery(
  id: string,
  email: string,
  { userId, step }: { userId: string; step: RecoveryStep },
  words: Words,
): Promise<Message> {
  const { dueAt, isDisputed } = (await findRecovery(userId)) ?? { dueAt: new Date(), isDisputed: false };
  const create = (kind: OneTimeTokenKind) => createOneTimeToken({ kind, about: id, email, userId });
  const its = { dueAt, isDisputed };
  if (step === "confirm") return tellRecovery(words, email, step, { token: await create("confirm-recovery"), ...its });
  const stop = await create("cancel-recovery");
  if (step !== "due") return tellRecovery(words, email, step, { token: stop, ...its });
  return tellRecovery(words, email, step, { token: await create("finish-recovery"), stop, ...its });
}

/**
 * The words of an email, in the language that the account's owner chose, or that of the request which
 * the email answers, or else in DEFAULT_LOCALE. Times are in the owner's time zone, or in UTC.
 *
 * Three kinds of emails answer a request and store its language: a sign-up, a reset that a visitor
 * requested, and a change of address. An administrator's language may not be the owner's. And the
 * client that caused an incident may be a thief, who must not choose the language of the warning.
 */
async function wordsFor({ kind, details }: Due, account: Preferences | null): Promise<Words> {
  // Another account may have the address by now.
  const owner = kind === "incident" ? await findUser(details.userId) : account;
  const told = { locale: null, timeZone: null, ...details };
  const locale = [owner?.locale, told.locale].find(isLocale) ?? env().DEFAULT_LOCALE;
  return wordsIn(locale, timeZoneOf(owner?.timeZone ?? told.timeZone));
}

type Preferences = { locale: string | null; timeZone: string | null };

/**
 * The link that undoes an incident, or null if it cannot be undone. It goes to the current address
 * of the account, or to the address that the account has just lost.
 */
async function linkAgainst(
  id: string,
  email: string,
  { about, userId, handle }: Incident,
  account: { id: string } | null,
): Promise<string | null> {
  if (about === "stopped" || about === "account-deleted") return null;
  if (account?.id !== userId && about !== "email-changed") return null;
  return createOneTimeToken({ kind: "not-me", about: id, email, userId, sessionHandle: handle });
}
