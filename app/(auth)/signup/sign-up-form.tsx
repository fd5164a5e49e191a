"use client";

import { useActionState } from "react";
import { NewPasswordField } from "@/app/(auth)/new-password-field";
import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField, TextField } from "@/app/ui/field";
import { Form } from "@/app/ui/form";
import { SubmitButton } from "@/app/ui/submit-button";
import { requestAccount, type SignUpState } from "./actions";

type Props = { siteNames: string[]; domain: string | null };

export function SignUpForm({ siteNames, domain }: Props) {
  const [state, action] = useActionState<SignUpState, FormData>(requestAccount, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/signup">
        Open the link in it and enter your password once more; then the account is ready. Should the address have an
        account already, the mail says so.
      </SentMail>
    );
  }

  return (
    <Form action={action} state={state} continueAt="password">
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        required
        defaultValue={state.name}
        error={state.errors?.name}
      />
      <EmailField
        label="Email"
        name="email"
        hint={domain && `An address at ${domain}.`}
        defaultValue={state.email}
        error={state.errors?.email}
      />
      <NewPasswordField label="Password" name="password" circumstances={{ siteNames }} error={state.errors?.password} />
      <SubmitButton working="Sending a mail …">Create account</SubmitButton>
    </Form>
  );
}
