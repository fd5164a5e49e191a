import { isOutage } from "@/lib/db";
import { DAY } from "@/lib/env";
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
} from "@/lib/mail/messages";
import { type Due, dequeue, type Incident, postpone, takeDue } from "@/lib/mail/queue";
import { isRefusedForGood, send } from "@/lib/mail/transport";
import { createOneTimeToken } from "@/lib/users/one-time-tokens";
import { findUserByEmail } from "@/lib/users/store";

/** How often it is looked whether a mail is due, in milliseconds. */
const INTERVAL = 500;

/** Mails that are sent at the same time. */
const AT_ONCE = 4;

/** How long to try to send a mail before giving up, in milliseconds, as mail servers do (RFC 5321 §4.5.4.1). */
const PATIENCE = 5 * DAY;

/**
 * Sends what is due, from now on until it is told to stop; then what is being
 * sent is waited for. Every instance does it, and no mail is taken by two.
 */
export function deliverMails(): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let round = Promise.resolve();
  let isStopped = false;

  const next = () => {
    timer = setTimeout(() => {
      round = deliverDue(() => isStopped)
        // Whatever was not sent is due again later.
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

/** Sends all mails that are due. Throws an Outage. */
export async function deliverDue(isStopped = () => false): Promise<void> {
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (!isStopped()) {
        const due = await takeDue();
        if (!due) return;
        // One that fails tells of the others: they wait for the next round.
        if (!(await deliver(due))) return;
      }
    }),
  );
}

/** Sends one mail, or puts it back. Never says to whom: what is printed is read by others. */
async function deliver(due: Due): Promise<boolean> {
  try {
    await send(due.id, await compose(due));
    await dequeue(due);
    return true;
  } catch (error) {
    if (isOutage(error)) throw error;

    const { code, name } = error as { code?: string; name: string };
    const isLost = isRefusedForGood(error) || Date.now() - due.createdAt.getTime() > PATIENCE;
    // The words of a mail server's refusal may name the address.
    log().error(
      { mail: due.id, attempts: due.attempts, code: code ?? name },
      `A mail was not sent: ${isLost ? "given up" : "tried again later"}`,
    );
    await (isLost ? dequeue(due) : postpone(due));
    return false;
  }
}

/**
 * The mail as a person reads it. Only here it is looked whether there is an
 * account: whoever typed the address in got the same answer, after the same work.
 */
async function compose(due: Due): Promise<Message> {
  const { recipient: email } = due;
  const account = await findUserByEmail(email);

  switch (due.kind) {
    case "sign-up": {
      const { name, passwordHash, next } = due.details;
      if (account) return alreadySignedUp(email, next);
      const token = await createOneTimeToken({ kind: "sign-up", about: due.id, email, name, passwordHash });
      return confirmSignUp(email, token, next);
    }
    case "reset": {
      if (!account) return noAccount(email);
      if (account.disabledAt) return accountDisabled(email);
      const { id: userId } = account;
      const token = await createOneTimeToken({ kind: "reset", about: due.id, email, userId });
      return resetPassword(email, token, due.details);
    }
    case "invitation": {
      const { userId } = due.details;
      return invite(email, await createOneTimeToken({ kind: "invitation", about: userId, email, userId }));
    }
    case "change-email": {
      if (account) return addressTaken(email);
      const { userId } = due.details;
      return confirmNewAddress(email, await createOneTimeToken({ kind: "change-email", about: userId, email, userId }));
    }
    case "incident":
      return tellIncident(email, due.details, await linkAgainst(due.id, email, due.details, account));
  }
}

/**
 * The link that undoes an incident, for those that can be undone: at the address
 * that the account has, or at the one that it has just been taken from.
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
