"use client";

import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { type ForgotState, requestPassword } from "./actions";

export function ForgotForm({ next }: { next: string }) {
  const { state, sending } = useFormAction<ForgotState>(requestPassword, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/forgot-password" next={next}>
        The link in it works once, for 30 minutes. Should there be no account with this address, the mail says so.
      </SentMail>
    );
  }

  return (
    <Form {...sending} continueAt="email">
      <EmailField label="Email" name="email" defaultValue={state.email} error={state.errors?.email} />
      <input type="hidden" name="next" value={next} />
      <SubmitButton working="Sending a mail …">Send a link</SubmitButton>
    </Form>
  );
}
