"use client";

import { useRef } from "react";
import { makeRoom } from "@/app/(auth)/login/actions";
import { ChooseForm } from "@/app/(auth)/login/choose-form";
import { PasskeyButton } from "@/app/(auth)/passkeys/passkey-button";
import { CodeField } from "@/app/ui/form/code-field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { verify } from "./actions";
import type { VerifyState } from "./after-step";
import { askForSecondStep, verifyWithPasskey } from "./passkey-actions";

type Props = {
  next: string;
  publicComputer: boolean;
  /** Whether the user enters a recovery code instead of one of the app. */
  isRecovery: boolean;
  /** Whether the user has codes, of an app or for recovery, and whether they have a passkey. */
  hasCodes: boolean;
  hasPasskey: boolean;
  /** For how many days this browser can be trusted; 0 if it cannot. */
  days: number;
};

/** Asks for the code or the passkey of a log-in's second step. */
export function VerifyForm({ next, publicComputer, isRecovery, hasCodes, hasPasskey, days }: Props) {
  const { t } = useWords();
  const trust = useRef<HTMLLabelElement>(null);
  const { state, sendTo, sending } = useFormAction<VerifyState>(verify, {});

  if (state.choice) {
    return (
      <ChooseForm<VerifyState> choice={state.choice} action={makeRoom}>
        <input type="hidden" name="next" value={next} />
        {publicComputer && <input type="hidden" name="public" value="on" />}
      </ChooseForm>
    );
  }

  function verifyBy(answer: string) {
    const sent = new FormData();
    sent.set("answer", answer);
    sent.set("next", next);
    if (trust.current?.querySelector("input")?.checked) sent.set("trust", "on");
    sendTo(verifyWithPasskey, sent);
  }

  return (
    <Form {...sending} continueAt="code">
      {hasPasskey && (
        <PasskeyButton ask={askForSecondStep} onAnswer={verifyBy} isPending={sending.isPending}>
          {t("passkey.use")}
        </PasskeyButton>
      )}
      {!hasCodes && <p className="text-sm text-muted">{t("passkey.only")}</p>}
      {hasCodes && (
        <CodeField
          label={isRecovery ? t("login.recoveryCode") : t("login.code")}
          hint={isRecovery ? t("login.recoveryCodeHint") : t("login.codeHint")}
          isRecovery={isRecovery}
          autoFocus={!hasPasskey}
          error={state.errors?.code}
        />
      )}
      {days > 0 && (
        <label ref={trust} className="flex min-h-11 items-center gap-3 text-sm sm:min-h-0">
          <input
            type="checkbox"
            name="trust"
            defaultChecked={state.isTrusted}
            className="size-5 accent-action sm:size-4"
          />
          <span>
            {t("login.trust")} <span className="block text-muted">{t("login.trustHint", { days })}</span>
          </span>
        </label>
      )}
      <input type="hidden" name="next" value={next} />
      {hasCodes && <SubmitButton working={t("login.working")}>{t("login.verify")}</SubmitButton>}
    </Form>
  );
}
