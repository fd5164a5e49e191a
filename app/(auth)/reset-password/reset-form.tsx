"use client";

import { useActionState } from "react";
import { NewPasswordField } from "@/app/(auth)/new-password-field";
import { Form } from "@/app/ui/form";
import { Notice } from "@/app/ui/notice";
import { SubmitButton } from "@/app/ui/submit-button";
import { TextLink } from "@/app/ui/text-link";
import { choosePassword, type ResetState } from "./actions";

type Props = { token: string; email: string; siteNames: string[] };

export function ResetForm({ token, email, siteNames }: Props) {
  const [state, action] = useActionState<ResetState, FormData>(choosePassword, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        This link works no more. <TextLink href="/forgot-password">Ask for another</TextLink>
      </Notice>
    );
  }

  return (
    <Form action={action} state={state} continueAt="password">
      {/* For the password manager, which keeps the new password under it. */}
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />
      <input type="hidden" name="token" value={token} />
      <NewPasswordField
        label="New password"
        name="password"
        circumstances={{ siteNames, email }}
        error={state.errors?.password ?? state.errors?.token}
      />
      <SubmitButton working="Changing it …">Change the password</SubmitButton>
    </Form>
  );
}
