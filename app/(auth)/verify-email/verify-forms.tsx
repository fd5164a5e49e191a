"use client";

import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { finishEmailChange, finishSignUp, type VerifyState } from "./actions";

/** Confirms a new account by the link and the password entered at sign-up. */
export function FinishSignUp({ token, email, next }: { token: string; email: string; next: string }) {
  const { t } = useWords();
  const { state, sending } = useFormAction<VerifyState>(finishSignUp, {});
  if (state.isSpent) return <Spent />;

  return (
    <Form {...sending} continueAt="password">
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="next" value={next} />
      <PasswordField
        label={t("login.password")}
        name="password"
        autoComplete="current-password"
        required
        hint={t("auth.signUpPasswordHint")}
        error={state.errors?.password ?? state.errors?.token}
      />
      <SubmitButton working={t("auth.finishing")}>{t("auth.finish")}</SubmitButton>
    </Form>
  );
}

/** Confirms an account's new email address. */
export function FinishEmailChange({ token }: { token: string }) {
  const { t } = useWords();
  const { state, sending } = useFormAction<VerifyState>(finishEmailChange, {});
  if (state.isSpent) return <Spent />;

  return (
    <Form {...sending}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      <SubmitButton working={t("auth.changing")}>{t("auth.useAddress")}</SubmitButton>
    </Form>
  );
}

function Spent() {
  const { t } = useWords();
  return <Notice kind="problem">{t("auth.spentVerify")}</Notice>;
}
