"use server";

import { wrongCode } from "@/app/(auth)/login/verify/wrong-code";
import type { Asked } from "@/app/(auth)/passkeys/asked";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { type Choice, type LogIn, logIn, logInInstead } from "@/lib/auth/log-in";
import { logInByPasskey } from "@/lib/auth/passkeys/log-in";
import { rpId } from "@/lib/auth/passkeys/relying-party";
import { startSecondStep, takeSecondStepByPasskey } from "@/lib/auth/passkeys/second-step";
import { secondStepHere, takeSecondStep } from "@/lib/auth/second-factor/second-step";
import { ANYTHING, CODE, EMAIL, HANDLE, PASSWORD, parseFields, TOKEN } from "@/lib/forms/fields";
import { currentSession, keepsNoCookies, requireSession } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";
import { type Times, timesOf } from "./times";

export type LogInAgainState = FormState<"email" | "password" | "code"> & {
  times?: Times;
  /** The sessions of which the user must end one, at the session limit. */
  choice?: Choice;
  /**
   * The ticket for the second step, once the password was right. Not in a cookie: an action that sets one renders the
   * page again, which has no session yet and would leave.
   */
  half?: string;
  /** Whether a passkey can take it, too. */
  hasPasskey?: boolean;
  /** A passkey that no account has any more, for the browser to stop offering it. */
  unknown?: { rpId: string; id: string };
};

/** Records that the user is still there, as use of the session. Returns the session's new times. */
export async function stay(): Promise<Times | null> {
  await requireSession({ isEnrolling: true });
  return currentTimes();
}

/** Logs in again from a dialog over the page of an expired session. The page stays open underneath. */
export async function logInAgain(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const { t } = words();
  const parsed = parseFields(form, { email: EMAIL, password: PASSWORD });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };
  if (await keepsNoCookies()) return { errors: { form: t("loginPage.noCookies") } };

  const outcome = await logIn({ ...parsed.fields, publicComputer: false });
  if (outcome.state === "refused") return { errors: { password: t("guardActions.wrong") } };
  return stateAfter(outcome);
}

/** Takes the second step of such a log-in, with a code. */
export async function verifyAgain(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const { t } = words();
  const parsed = parseFields(form, { code: CODE, ticket: TOKEN });
  const half = parsed.typed.ticket;
  if ("errors" in parsed) return { half, errors: inWords({ code: parsed.errors.code ?? parsed.errors.ticket }) };

  const given = { token: parsed.fields.ticket, publicComputer: false };
  const outcome = await takeSecondStep(parsed.fields.code, { trust: false, given });
  if (outcome.state === "wrong-code") return { half, errors: { code: wrongCode(parsed.fields.code, t) } };
  if (outcome.state === "stopped") return { half, errors: { form: t("verifyPage.stopped") } };
  return isTryLater(outcome) ? { half, tryLater: outcome } : stateAfter(outcome);
}

/** Gets a challenge for the passkeys of the user whose password was right in such a log-in. */
export async function askForSecondStepAgain(form: FormData): Promise<Asked> {
  const { ticket } = parseFields(form, { ticket: ANYTHING }).typed;
  const outcome = await startSecondStep({ token: ticket, publicComputer: false });
  return isTryLater(outcome) ? { options: null, tryLater: outcome } : { options: outcome.options };
}

/** Takes the second step of such a log-in, with a passkey. */
export async function verifyAgainWithPasskey(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const { answer, ticket: half } = parseFields(form, { answer: ANYTHING, ticket: ANYTHING }).typed;
  const given = { token: half, publicComputer: false };
  const outcome = await takeSecondStepByPasskey(answer, { trust: false, given });
  if (outcome.state === "wrong-passkey")
    return { half, hasPasskey: true, errors: { form: words().t("passkeys.wrongStep") } };
  return isTryLater(outcome) ? { half, hasPasskey: true, tryLater: outcome } : stateAfter(outcome);
}

/** Logs in again by a passkey of the same user. */
export async function logInAgainWithPasskey(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const { t } = words();
  const { answer, email } = parseFields(form, { answer: ANYTHING, email: ANYTHING }).typed;
  if (await keepsNoCookies()) return { errors: { form: t("loginPage.noCookies") } };

  const outcome = await logInByPasskey(answer, { publicComputer: false, email });
  if (outcome.state === "refused") return { errors: { form: t("passkeys.wrong") } };
  if (outcome.state === "disputed") return { errors: { form: t("passkeys.disputed") } };
  if (outcome.state === "other-account") return { errors: { form: t("passkeys.otherAccount") } };
  if (outcome.state === "unknown")
    return { errors: { form: t("passkeys.unknown") }, unknown: { rpId: rpId(), id: outcome.id } };
  return stateAfter(outcome);
}

/** Completes such a log-in at the session limit, by ending the session that the user chose. */
export async function makeRoomAgain(_previous: LogInAgainState, form: FormData): Promise<LogInAgainState> {
  const parsed = parseFields(form, { ticket: TOKEN, handle: HANDLE });
  if ("errors" in parsed) return { errors: { form: words().t("loginPage.choose") } };

  return stateAfter(await logInInstead(parsed.fields.ticket, parsed.fields.handle, false));
}

async function stateAfter(outcome: LogIn): Promise<LogInAgainState> {
  const { t } = words();
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "second-step") {
    const { factors } = (await secondStepHere(outcome.half)) ?? {};
    return { half: outcome.half.token, hasPasskey: (factors?.passkeys ?? 0) > 0 };
  }
  if (outcome.state === "refused") return { errors: { form: t("guardActions.tooLate") } };
  if (outcome.state === "full")
    return outcome.choice ? { choice: outcome.choice } : { errors: { form: t("guardActions.full") } };

  const times = await currentTimes();
  return times ? { times } : { errors: { form: t("guardActions.loadAgain") } };
}

async function currentTimes(): Promise<Times | null> {
  const answer = await currentSession();
  return answer.state === "valid" ? timesOf(answer) : null;
}
