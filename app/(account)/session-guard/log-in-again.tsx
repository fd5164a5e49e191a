"use client";

import { useEffect, useRef } from "react";
import { ChooseForm } from "@/app/(auth)/login/choose-form";
import { askToLogIn } from "@/app/(auth)/passkeys/ask-to-log-in";
import { PasskeyButton } from "@/app/(auth)/passkeys/passkey-button";
import { useForgottenPasskey } from "@/app/(auth)/passkeys/use-forgotten-passkey";
import { CodeField } from "@/app/ui/form/code-field";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { Isolated } from "@/app/ui/isolated";
import { usePrivateWords } from "@/lib/i18n/react";
import type { PrivateWords } from "@/lib/i18n/words";
import {
  askForSecondStepAgain,
  type LogInAgainState,
  logInAgain,
  logInAgainWithPasskey,
  makeRoomAgain,
  verifyAgain,
  verifyAgainWithPasskey,
} from "./actions";
import type { Lapse } from "./session-client";
import type { Times } from "./times";

type Props = {
  person: { name: string; email: string };
  /** How the session expired. */
  lapse: Lapse;
  onLoggedIn: (times: Times) => void;
};

/** Lets the same user log in again over a page whose session has expired. Others go to the log-in page. */
export function LogInAgain({ person, lapse, onLoggedIn }: Props) {
  const { state, sendTo, sending } = useFormAction<LogInAgainState>(logInAgain, {});
  const words = usePrivateWords();
  const { t, rich } = words;

  useForgottenPasskey(state.unknown);

  const heard = useRef(({ times }: LogInAgainState) => {
    if (times) onLoggedIn(times);
  });
  useEffect(() => heard.current(state), [state]);

  function logInBy(answer: string) {
    const form = new FormData();
    form.set("answer", answer);
    form.set("email", person.email);
    sendTo(logInAgainWithPasskey, form);
  }

  return (
    <>
      <p className="mb-5 text-muted">
        <span>{explain(lapse, words)}</span>{" "}
        <span>
          {rich("guard.again", {
            email: () => (
              <span className="font-medium text-ink wrap-anywhere">
                <Isolated>{person.email}</Isolated>
              </span>
            ),
          })}
        </span>
      </p>
      {state.choice && (
        <ChooseForm<LogInAgainState> choice={state.choice} action={makeRoomAgain} onAnswer={heard.current} />
      )}
      {state.half && (
        <SecondStepAgain ticket={state.half} hasPasskey={state.hasPasskey ?? false} onAnswer={heard.current} />
      )}
      {!state.choice && !state.half && (
        <Form {...sending} continueAt="password">
          <input type="hidden" name="email" value={person.email} />
          <PasswordField
            label={t("guard.password")}
            name="password"
            id="again-password"
            autoComplete="current-password"
            required
            error={state.errors?.password}
          />
          <SubmitButton working={t("guard.loggingIn")}>{t("guard.logInAgain")}</SubmitButton>
          <PasskeyButton ask={askToLogIn} onAnswer={logInBy} isPending={sending.isPending}>
            {t("passkey.use")}
          </PasskeyButton>
        </Form>
      )}
      <p className="mt-5 text-sm">
        {/* A full page load, so that nothing of this page is left for another user. */}
        <a href="/login" className="font-medium text-ink underline underline-offset-4">
          {t("guard.somebodyElse")}
        </a>
      </p>
    </>
  );
}

type Hearer = { onAnswer: (answer: LogInAgainState) => void };

/** The second step of such a log-in. */
function SecondStepAgain({ ticket, hasPasskey, onAnswer }: { ticket: string; hasPasskey: boolean } & Hearer) {
  const { state, sendTo, sending } = useFormAction<LogInAgainState>(verifyAgain, {});
  const { t } = usePrivateWords();
  useEffect(() => onAnswer(state), [state, onAnswer]);

  function ask() {
    const form = new FormData();
    form.set("ticket", ticket);
    return askForSecondStepAgain(form);
  }

  function verifyBy(answer: string) {
    const form = new FormData();
    form.set("answer", answer);
    form.set("ticket", ticket);
    sendTo(verifyAgainWithPasskey, form);
  }

  if (state.choice)
    return <ChooseForm<LogInAgainState> choice={state.choice} action={makeRoomAgain} onAnswer={onAnswer} />;
  return (
    <Form {...sending} continueAt="code">
      <input type="hidden" name="ticket" value={ticket} />
      <CodeField
        label={t("login.code")}
        hint={t("login.anyCodeHint")}
        id="again-code"
        // Recovery codes have letters.
        inputMode="text"
        autoFocus
        error={state.errors?.code}
      />
      <SubmitButton working={t("guard.loggingIn")}>{t("guard.logInAgain")}</SubmitButton>
      {hasPasskey && (
        <PasskeyButton ask={ask} onAnswer={verifyBy} isPending={sending.isPending}>
          {t("passkey.use")}
        </PasskeyButton>
      )}
    </Form>
  );
}

/** Why the session expired. The log-in page says the same, in its own words (lib/session/ending.ts). */
function explain({ reason, lifetime }: Lapse, { t, duration }: PrivateWords): string {
  const length = lifetime ? duration(lifetime * 1000) : null;
  if (reason === "idle") return length ? t("guard.idle", { length }) : t("guard.idleTooLong");
  return length ? t("guard.expired", { length }) : t("guard.expiredTooOld");
}
