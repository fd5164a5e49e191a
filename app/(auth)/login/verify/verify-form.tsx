"use client";

import { makeRoom } from "@/app/(auth)/login/actions";
import { ChooseForm } from "@/app/(auth)/login/choose-form";
import { CodeField } from "@/app/ui/form/code-field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { type VerifyState, verify } from "./actions";

type Props = {
  next: string;
  publicComputer: boolean;
  /** Whether the user enters a recovery code instead of one of the app. */
  isRecovery: boolean;
  /** For how many days this browser can be trusted; 0 if it cannot. */
  days: number;
};

/** Asks for the code of a log-in's second step. */
export function VerifyForm({ next, publicComputer, isRecovery, days }: Props) {
  const { t } = useWords();
  const { state, sending } = useFormAction<VerifyState>(verify, {});

  if (state.choice) {
    return (
      <ChooseForm<VerifyState> choice={state.choice} action={makeRoom}>
        <input type="hidden" name="next" value={next} />
        {publicComputer && <input type="hidden" name="public" value="on" />}
      </ChooseForm>
    );
  }

  return (
    <Form {...sending} continueAt="code">
      <CodeField
        label={isRecovery ? t("login.recoveryCode") : t("login.code")}
        hint={isRecovery ? t("login.recoveryCodeHint") : t("login.codeHint")}
        isRecovery={isRecovery}
        autoFocus
        error={state.errors?.code}
      />
      {days > 0 && (
        <label className="flex min-h-11 items-center gap-3 text-sm sm:min-h-0">
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
      <SubmitButton working={t("login.working")}>{t("login.verify")}</SubmitButton>
    </Form>
  );
}
