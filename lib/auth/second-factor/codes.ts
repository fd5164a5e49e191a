import { checkCode } from "@/lib/auth/totp/store";
import { db, type Statements, transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { countWrongCodes } from "@/lib/ledger/wrong-codes";
import { enqueue } from "@/lib/mail/queue";
import { currentClient } from "@/lib/session/current";
import { lockUser } from "@/lib/session/store";
import { digitsOf } from "@/lib/text/digits";
import { rateLimited, type TryLater } from "@/lib/throttle/rate-limited";
import type { Subject } from "@/lib/throttle/rule";
import { forgetTries } from "@/lib/throttle/store";
import { isRecoveryCode, parseRecoveryCode, spendRecoveryCode } from "./recovery-codes";

/** Who enters a code, and where: a half-finished log-in, or a session that asks again. */
export type Enterer = {
  user: { id: string; email: string };
  /** What the guesses count against besides the account. */
  step: Subject;
  /** The reason in the ledger. */
  reason: "code" | "confirm";
  sessionHandle: string | null;
};

export type CodeOutcome =
  | {
      state: "right";
      /** The recovery code, if it was one: what it leads to uses it up, in the same transaction (`redeemRecoveryCode`). */
      recoveryCode: string | null;
    }
  | { state: "wrong-code" }
  /** Too many codes were wrong: the app's codes no longer work, but recovery codes and passkeys do. */
  | { state: "stopped" }
  | TryLater;

/**
 * Checks a code of an authenticator app, and uses it up, or checks a recovery code. Guesses are limited before anything
 * is looked up: per account and per log-in or session (ASVS 6.6.3). Throws an Outage.
 */
export async function enterCode(who: Enterer, text: string): Promise<CodeOutcome> {
  const recovery = parseRecoveryCode(text);
  const subjects: [Subject, Subject] = [[recovery ? "recovery" : "code", who.user.id], who.step];

  return rateLimited<CodeOutcome>(subjects, async () => {
    const outcome = recovery ? await takeRecoveryCode(who, recovery) : await takeCode(who, digitsOf(text));
    if (outcome.state === "right") await forgetTries(db(), subjects);
    return outcome;
  });
}

async function takeCode(who: Enterer, code: string): Promise<CodeOutcome> {
  const check = await checkCode(who.user.id, code);
  if (check.state === "right") return { state: "right", recoveryCode: null };
  if (check.state === "stopped") return { state: "stopped" };

  const isStopped = check.state === "wrong" && check.isStopped;
  await recordWrong(who, isStopped);
  return { state: isStopped ? "stopped" : "wrong-code" };
}

async function takeRecoveryCode(who: Enterer, code: string): Promise<CodeOutcome> {
  if (await isRecoveryCode(who.user.id, code)) return { state: "right", recoveryCode: code };

  await recordWrong(who, false);
  return { state: "wrong-code" };
}

/** Whether a recovery code is right. Uses it up, and tells its owner how many are left. Throws an Outage. */
export async function redeemRecoveryCode(
  tx: Statements,
  { user, sessionHandle }: Pick<Enterer, "user" | "sessionHandle">,
  code: string,
  client: Client,
): Promise<boolean> {
  const left = await spendRecoveryCode(tx, user.id, code);
  if (left === null) return false;
  const line = { userId: user.id, byUserId: user.id, sessionHandle, ...client };
  await record(tx, { event: "user_updated", reason: "recovery-code-used", detail: String(left), ...line });
  await enqueue(tx, user.email, {
    kind: "incident",
    details: {
      ...{ about: "recovery-code-used", userId: user.id, at: new Date().toISOString(), handle: sessionHandle },
      ...{ left, ...client },
    },
  });
  return true;
}
/**
 * The number of wrong codes within an hour that the owner hears of by email, once in that hour: somebody knows the
 * password. The owner's own slips are fewer.
 */
const TOLD_OF = 5;

/** The guess was checked, so it counts even if this cannot be written. */
async function recordWrong({ user, reason, sessionHandle }: Enterer, isStopped: boolean): Promise<void> {
  const client = await currentClient();
  const line = { userId: user.id, byUserId: sessionHandle ? user.id : null, sessionHandle, ...client };
  const incident = { userId: user.id, at: new Date().toISOString(), handle: sessionHandle, ...client };
  await transaction(async (tx) => {
    // The account may have been deleted meanwhile: then no personal data of it is kept. Locked, so that of two guesses
    // at once one causes the email.
    if (!(await lockUser(tx, user.id))) return;
    if (isStopped) {
      await record(tx, { event: "authn_login_fail_max", reason, ...line });
      return enqueue(tx, user.email, { kind: "incident", details: { about: "code-stopped", ...incident } });
    }
    const { count, isTold } = await countWrongCodes(tx, user.id);
    const failures = count + 1;
    const isTelling = reason === "code" && failures >= TOLD_OF && !isTold;
    // Of the guess that the owner hears of, how many there were; of a confirmation, how it was tried.
    const detail = isTelling ? { detail: String(failures) } : reason === "confirm" && { detail: "otp" };
    await record(tx, { event: "authn_login_fail", reason, ...line, ...detail });
    if (!isTelling) return;
    await enqueue(tx, user.email, { kind: "incident", details: { about: "wrong-codes", failures, ...incident } });
  });
}
