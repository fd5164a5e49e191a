"use client";

import { NewPasswordField } from "@/app/(auth)/new-password-field";
import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField, TextField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { requestAccount, type SignUpState } from "./actions";

type Props = { siteNames: string[]; domain: string | null; next: string };

export function SignUpForm({ siteNames, domain, next }: Props) {
  const { state, sending } = useFormAction<SignUpState>(requestAccount, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/signup" next={next}>
        Open the link in it and enter your password once more; then the account is ready. Should the address have an
        account already, the mail says so.
      </SentMail>
    );
  }

  return (
    <Form {...sending} continueAt="password">
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
      <input type="hidden" name="next" value={next} />
      <SubmitButton working="Sending a mail …">Create account</SubmitButton>
    </Form>
  );
}
