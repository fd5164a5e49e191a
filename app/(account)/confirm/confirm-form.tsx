"use client";

import { type ReactNode, useEffect } from "react";
import { PasskeyButton } from "@/app/(auth)/passkeys/passkey-button";
import { CodeField } from "@/app/ui/form/code-field";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { usePrivateWords } from "@/lib/i18n/react";
import { type ConfirmState, confirm, confirmSecondFactor } from "./actions";
import { askToConfirm, confirmWithPasskey } from "./passkey-actions";
import { useHasPasskey } from "./use-has-passkey";

type Props = {
  /** For password managers; null if the page must not say whose session it is. */
  email: string | null;
  /** Whether the user has a second factor, whose codes will do as well. */
  hasSecondFactor: boolean;
  /** Where the confirmation page redirects. A dialog has none. */
  next?: string;
  onConfirmed?: () => void;
  children?: ReactNode;
};

/** Asks a logged-in user for their password, a code or a passkey. */
export function ConfirmForm({ email, hasSecondFactor, next, onConfirmed, children }: Props) {
  const { state, sendTo, sending } = useFormAction<ConfirmState>(confirm, {});
  const hasPasskey = useHasPasskey(hasSecondFactor);
  const { t } = usePrivateWords();

  useEffect(() => {
    if (state.isConfirmed) onConfirmed?.();
  }, [state, onConfirmed]);

  function confirmByPasskey(answer: string) {
    const form = new FormData();
    form.set("answer", answer);
    if (next) form.set("next", next);
    sendTo(confirmWithPasskey, form);
  }

  return (
    <Form {...sending} continueAt="password">
      {email && <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />}
      {next && <input type="hidden" name="next" value={next} />}
      <PasswordField
        label={t("guard.password")}
        name="password"
        id="confirm-password"
        autoComplete="current-password"
        required
        error={state.errors?.password}
      />
      {hasSecondFactor && (
        <details open={Boolean(state.errors?.code)}>
          <summary className="w-fit cursor-pointer text-sm">{t("guard.codeInstead")}</summary>
          <div className="mt-3">
            <CodeField
              label={t("login.code")}
              hint={t("login.codeHint")}
              id="confirm-code"
              required={false}
              error={state.errors?.code}
            />
          </div>
        </details>
      )}
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <SubmitButton working={t("guard.confirming")}>{t("guard.confirm")}</SubmitButton>
        {children}
      </div>
      {hasPasskey && (
        <PasskeyButton ask={askToConfirm} onAnswer={confirmByPasskey} isPending={sending.isPending}>
          {t("passkey.use")}
        </PasskeyButton>
      )}
    </Form>
  );
}

type SecondFactorProps = { next: string; isRecovery: boolean; hasCodes: boolean; hasPasskey: boolean };

/** Asks a logged-in user for the second factor, which their session lacks. */
export function SecondFactorForm({ next, isRecovery, hasCodes, hasPasskey }: SecondFactorProps) {
  const { state, sendTo, sending } = useFormAction<ConfirmState>(confirmSecondFactor, {});
  const { t } = usePrivateWords();

  function confirmBy(answer: string) {
    const form = new FormData();
    form.set("answer", answer);
    form.set("next", next);
    sendTo(confirmWithPasskey, form);
  }

  return (
    <Form {...sending} continueAt="code">
      <input type="hidden" name="next" value={next} />
      {hasPasskey && (
        <PasskeyButton ask={askToConfirm} onAnswer={confirmBy} isPending={sending.isPending}>
          {t("passkey.use")}
        </PasskeyButton>
      )}
      {hasCodes && (
        <>
          <CodeField
            label={isRecovery ? t("login.recoveryCode") : t("login.code")}
            hint={isRecovery ? t("login.recoveryCodeHint") : t("login.codeHint")}
            isRecovery={isRecovery}
            error={state.errors?.code}
          />
          <SubmitButton working={t("guard.confirming")}>{t("guard.confirm")}</SubmitButton>
        </>
      )}
    </Form>
  );
}
