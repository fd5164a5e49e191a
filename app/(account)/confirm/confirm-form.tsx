"use client";

import { type ReactNode, useEffect } from "react";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { type ConfirmState, confirm } from "./actions";

type Props = {
  email: string;
  /** Where the confirmation page redirects. A dialog has none. */
  next?: string;
  onConfirmed?: () => void;
  children?: ReactNode;
};

/** Asks a logged-in user for their password. */
export function ConfirmForm({ email, next, onConfirmed, children }: Props) {
  const { state, sending } = useFormAction<ConfirmState>(confirm, {});
  const { t } = useWords();

  useEffect(() => {
    if (state.isConfirmed) onConfirmed?.();
  }, [state, onConfirmed]);

  return (
    <Form {...sending} continueAt="password">
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />
      {next && <input type="hidden" name="next" value={next} />}
      <PasswordField
        label={t("guard.password")}
        name="password"
        id="confirm-password"
        autoComplete="current-password"
        required
        error={state.errors?.password}
      />
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <SubmitButton working={t("guard.confirming")}>{t("guard.confirm")}</SubmitButton>
        {children}
      </div>
    </Form>
  );
}
