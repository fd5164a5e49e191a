"use client";

import { useActionState } from "react";
import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField } from "@/app/ui/field";
import { Form } from "@/app/ui/form";
import { SubmitButton } from "@/app/ui/submit-button";
import { type ForgotState, requestPassword } from "./actions";

export function ForgotForm() {
  const [state, action] = useActionState<ForgotState, FormData>(requestPassword, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/forgot-password">
        The link in it works once, for 30 minutes. Should there be no account with this address, the mail says so.
      </SentMail>
    );
  }

  return (
    <Form action={action} state={state} continueAt="email">
      <EmailField label="Email" name="email" defaultValue={state.email} error={state.errors?.email} />
      <SubmitButton working="Sending a mail …">Send a link</SubmitButton>
    </Form>
  );
}
