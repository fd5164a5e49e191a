"use client";

import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { finishEmailChange, finishSignUp, type VerifyState } from "./actions";

/** Confirms a new account by the link and the password entered at sign-up. */
export function FinishSignUp({ token, email, next }: { token: string; email: string; next: string }) {
  const { state, sending } = useFormAction<VerifyState>(finishSignUp, {});
  if (state.isSpent) return <Spent />;

  return (
    <Form {...sending} continueAt="password">
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="next" value={next} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        hint="The one that you signed up with."
        error={state.errors?.password ?? state.errors?.token}
      />
      <SubmitButton working="Making the account …">Confirm and log in</SubmitButton>
    </Form>
  );
}

/** Confirms an account's new email address. */
export function FinishEmailChange({ token }: { token: string }) {
  const { state, sending } = useFormAction<VerifyState>(finishEmailChange, {});
  if (state.isSpent) return <Spent />;

  return (
    <Form {...sending}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      <SubmitButton working="Changing it …">Use this address</SubmitButton>
    </Form>
  );
}

function Spent() {
  return <Notice kind="problem">This link works no more: it was used, or the address has an account by now.</Notice>;
}
