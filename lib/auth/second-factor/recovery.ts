import { randomUUID } from "node:crypto";
import { type Authentication, authenticate, type Source, subjectsOf } from "@/lib/auth/authenticate";
import { findHalfLogin, logIn } from "@/lib/auth/log-in";
import { checkCodeOfStranger } from "@/lib/auth/totp/store";
import { type Database, transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue, type Incident } from "@/lib/mail/queue";
import { currentClient, currentDevice, lockActor } from "@/lib/session/current";
import { lockUser, sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { digitsOf } from "@/lib/text/digits";
import { networkOf } from "@/lib/throttle/network";
import { orTryLater, rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { forgetTries, mailTo, takeBackTry } from "@/lib/throttle/store";
import { findOneTimeToken, spendTokenOf } from "@/lib/users/one-time-tokens";
import {
  barRecovery,
  isBarred,
  lockRecovering,
  resendLastLink,
  startRecovery,
  withdrawRecovery,
} from "@/lib/users/recoveries";
import { findUser } from "@/lib/users/store";
import { requestedLocale } from "@/lib/words";
import { redeemRecoveryCode } from "./codes";
import { factorsOf, hasSecondFactor } from "./factors";
import { parseRecoveryCode } from "./recovery-codes";
import { removeAllFactors } from "./reset";

// The ways back for users who have lost every second factor. None of them is silent, and none is quick, except an
// administrator's.

/** Somebody stopped a recovery with a code of the account, and for a while no other can start: see `BARRED`. */
type Barred = { state: "barred" };

type Requested =
  /** `isLast`: the link ends the recovery, whose delay is over. */
  { state: "sent"; email: string; isLast: boolean } | { state: "refused" } | Barred | TryLater;

/**
 * Emails a link that starts a recovery, to the user whose log-in here waits for its second step, or once more the one that
 * ends it. Nothing starts yet.
 */
export async function requestRecovery(): Promise<Requested> {
  return orTryLater<Requested>(async () => {
    const half = await findHalfLogin();
    if (!half) return { state: "refused" };

    const { id: userId, email } = half.user;
    if (await isBarred(userId)) return { state: "barred" };
    const { ipAddress } = await currentClient();
    return rateLimited<Requested>(
      [...mailTo("recovery", email, ipAddress), ["sender", networkOf(ipAddress)]],
      async () => {
        const isLast = await transaction(async (tx) => {
          if (await resendLastLink(tx, { id: userId, email })) return true;
          const details = { userId, step: "confirm" as const, locale: requestedLocale() };
          await enqueue(tx, email, { kind: "recovery", details });
          return false;
        });
        return { state: "sent", email, isLast };
      },
    );
  });
}

/** Starts the recovery that a link is for: its delay begins. Changes no factor, and ends no session. */
export async function confirmRecovery(token: string): Promise<{ state: "started" | "spent" } | Barred | TryLater> {
  const client = await currentClient();

  return rateLimited<{ state: "started" | "spent" } | Barred>([["sender", networkOf(client.ipAddress)]], async () => {
    const link = await findOneTimeToken(token, "confirm-recovery");
    return transaction(async (tx) => {
      const user = link?.userId ? await lockUser(tx, link.userId) : null;
      if (user && (await isBarred(user.id, tx))) return { state: "barred" };
      if (!user || user.disabledAt || !(await spendTokenOf(tx, user, token, "confirm-recovery")))
        return { state: "spent" };
      if (!hasSecondFactor(await factorsOf(user.id, tx))) return { state: "spent" };
      await startRecovery(tx, user, client);
      return { state: "started" };
    });
  });
}

type Cancelled = { state: "cancelled" | "spent" } | TryLater;

/** Stops the recovery that a link in an email is about. */
export async function cancelRecoveryByLink(token: string): Promise<Cancelled> {
  return orTryLater<Cancelled>(async () => {
    const client = await currentClient();
    const link = await findOneTimeToken(token, "cancel-recovery");
    return transaction(async (tx) => {
      const user = link?.userId ? await lockUser(tx, link.userId) : null;
      if (!user || !(await spendTokenOf(tx, user, token, "cancel-recovery"))) return { state: "spent" };
      return cancel(tx, user, { byUserId: null, sessionHandle: null, ...client });
    });
  });
}

/** Stops the recovery of the logged-in user: a session is enough. */
export async function cancelRecovery(found: ActiveSession): Promise<Cancelled> {
  const { user, session } = found;
  return orTryLater<Cancelled>(async () => {
    const client = await currentClient();
    return transaction(async (tx) => {
      const locked = await lockActor(tx, found);
      return cancel(tx, locked, { byUserId: user.id, sessionHandle: session.handle, ...client });
    });
  });
}

/**
 * Stops the recovery of the account with this email, for somebody who has a code of it: of the app, or a recovery code.
 * They need neither the password nor the mailbox, which a thief may have taken over. For a while, no other recovery can
 * start. "refused" stands for everything else: no account, no recovery, a wrong code.
 */
export async function stopRecoveryByCode(
  email: string,
  code: string,
): Promise<{ state: "stopped" | "refused" } | TryLater> {
  const client = await currentClient();
  const network = networkOf(client.ipAddress);
  const subjects: Subject[] = [
    ["stop", `${email}:${network}`],
    ["sender", network],
  ];
  return rateLimited<{ state: "stopped" | "refused" }>(subjects, async () =>
    transaction(async (tx) => {
      const user = await lockRecovering(tx, email);
      // Checked for nobody, too: the response must not take longer if there is something to stop.
      if (!(await isRightCode(tx, user ?? { id: randomUUID(), email }, code, client)) || !user) {
        const line = { userId: user?.id ?? null, byUserId: null, ...client };
        await record(tx, { event: "authn_login_fail", reason: "recovery-stop", ...line });
        return { state: "refused" };
      }
      await barRecovery(tx, user.id, { byUserId: user.id, ...client });
      await tellOwner(tx, user, "recovery-cancelled", null, client);
      await forgetTries(tx, subjects.slice(0, 1));
      return { state: "stopped" };
    }),
  );
}

async function isRightCode(
  tx: Database,
  user: { id: string; email: string },
  text: string,
  client: Client,
): Promise<boolean> {
  const recovery = parseRecoveryCode(text);
  if (recovery) return redeemRecoveryCode(tx, { user, sessionHandle: null }, recovery, client);
  return checkCodeOfStranger(tx, user.id, digitsOf(text));
}

async function cancel(
  tx: Database,
  user: { id: string; email: string },
  by: Client & { byUserId: string | null; sessionHandle: string | null },
): Promise<{ state: "cancelled" | "spent" }> {
  if (!(await withdrawRecovery(tx, user.id, by, { evenDisputed: true }))) return { state: "spent" };
  await tellOwner(tx, user, "recovery-cancelled", by.sessionHandle, by);
  return { state: "cancelled" };
}

/** The outcome of a recovery's end. "recovered": the factors are gone, but the log-in after that did not succeed. */
export type Finished = { state: "logged-in" } | { state: "recovered" } | { state: "refused" | "spent" } | TryLater;

/**
 * Ends the recovery that a link is for, once its delay is over and with the right password: removes every factor,
 * ends all sessions, and logs in with the password alone.
 */
export async function finishRecovery(token: string, password: string): Promise<Finished> {
  return orTryLater<Finished>(async () => {
    const link = await findOneTimeToken(token, "finish-recovery");
    const user = link?.userId ? await findUser(link.userId) : null;
    if (!user) return { state: "spent" };

    const credentials = { email: user.email, password, publicComputer: false };
    const source = { ...(await currentClient()), device: await currentDevice() };
    const outcome = await authenticate(credentials, source);
    if (outcome.state !== "authenticated") return outcome;
    // The password was right, so this was not a guess.
    void takeBackTry(subjectsOf(user.email, source, outcome.isKnown));
    if (!(await recover(token, outcome, source))) return { state: "spent" };

    const entered = await logIn(credentials);
    return entered.state === "logged-in" ? entered : { state: "recovered" };
  });
}

type Authenticated = Extract<Authentication, { state: "authenticated" }>;

async function recover(
  token: string,
  { user: { id: userId }, passwordHash }: Authenticated,
  { device: _device, ...client }: Source,
): Promise<boolean> {
  return transaction(async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user || user.disabledAt || user.passwordHash !== passwordHash) return false;
    if (!(await isDue(tx, userId))) return false;
    if (!(await spendTokenOf(tx, user, token, "finish-recovery"))) return false;

    await removeAllFactors(tx, userId);
    await sessionStore().end(tx, { userId, except: null }, "revoked", { userId, ...client });
    await sessionStore().changed(tx, userId);
    await record(tx, { event: "user_updated", reason: "factors-recovered", userId, byUserId: userId, ...client });
    await tellOwner(tx, user, "factors-recovered", null, client);
    return true;
  });
}

/** Whether the delay is over, by the database's clock. */
async function isDue(tx: Database, userId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isDue: boolean }[]>`
    SELECT due_at <= now() AND sent_at IS NOT NULL AND stopped_at IS NULL AS "isDue" FROM factor_recoveries WHERE user_id = ${userId}::uuid`;
  return row?.isDue ?? false;
}

async function tellOwner(
  tx: Database,
  { id: userId, email }: { id: string; email: string },
  about: Incident["about"],
  handle: string | null,
  { userAgent, ipAddress }: Client,
): Promise<void> {
  const at = new Date().toISOString();
  await enqueue(tx, email, { kind: "incident", details: { about, userId, at, handle, userAgent, ipAddress } });
}
