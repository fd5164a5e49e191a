"use client";

import { SentMail } from "@/app/(auth)/sent-mail";
import { EmailField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { useWords } from "@/lib/i18n/react";
import { type ForgotState, requestPassword } from "./actions";

type Props = {
  next: string;
  /** How long the emailed link works, in milliseconds. */
  lifetime: number;
};

export function ForgotForm({ next, lifetime }: Props) {
  const { t, duration } = useWords();
  const { state, sending } = useFormAction<ForgotState>(requestPassword, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/forgot-password" next={next}>
        {t("auth.sentReset", { length: duration(lifetime) })}
      </SentMail>
    );
  }

  return (
    <Form {...sending} continueAt="email">
      <EmailField label={t("login.email")} name="email" defaultValue={state.email} error={state.errors?.email} />
      <input type="hidden" name="next" value={next} />
      <SubmitButton working={t("auth.sending")}>{t("auth.sendLink")}</SubmitButton>
    </Form>
  );
}
