"use client";

import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { TextLink } from "@/app/ui/link/text-link";
import { useWords } from "@/lib/i18n/react";
import { type SecureState, secure } from "./actions";

export function SecureForm({ token }: { token: string }) {
  const { t, rich } = useWords();
  const { state, sending } = useFormAction<SecureState>(secure, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        {rich("auth.spentSecure", { link: (parts) => <TextLink href="/forgot-password">{parts}</TextLink> })}
      </Notice>
    );
  }

  if (state.isTaken) {
    return <Notice kind="problem">{t("auth.takenSecure")}</Notice>;
  }

  return (
    <Form {...sending}>
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      <SubmitButton working={t("auth.securing")}>{t("auth.secure")}</SubmitButton>
    </Form>
  );
}
