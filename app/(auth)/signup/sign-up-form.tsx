"use client";

import { NewPasswordField } from "@/app/(auth)/new-password-field";
import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField, TextField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { requestAccount, type SignUpState } from "./actions";

type Props = { siteNames: string[]; domain: string | null; next: string };

export function SignUpForm({ siteNames, domain, next }: Props) {
  const { t } = useWords();
  const { state, sending } = useFormAction<SignUpState>(requestAccount, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/signup" next={next}>
        {t("auth.sentSignUp")}
      </SentMail>
    );
  }

  return (
    <Form {...sending} continueAt="password">
      <TextField
        label={t("auth.name")}
        name="name"
        autoComplete="name"
        required
        defaultValue={state.name}
        error={state.errors?.name}
      />
      <EmailField
        label={t("login.email")}
        name="email"
        hint={domain && t("auth.emailAtDomain", { domain })}
        defaultValue={state.email}
        error={state.errors?.email}
      />
      <NewPasswordField
        label={t("login.password")}
        name="password"
        circumstances={{ siteNames }}
        error={state.errors?.password}
      />
      <input type="hidden" name="next" value={next} />
      <SubmitButton working={t("auth.sending")}>{t("auth.createAccount")}</SubmitButton>
    </Form>
  );
}
