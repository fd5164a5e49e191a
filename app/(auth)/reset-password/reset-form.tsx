"use client";

import { type Circumstances, NewPasswordField } from "@/app/(auth)/new-password-field";
import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { TextLink } from "@/app/ui/link/text-link";
import { leadingTo } from "@/lib/http/leading-to";
import { useWords } from "@/lib/i18n/react";
import { choosePassword, type ResetState } from "./actions";

type Props = { token: string; circumstances: Circumstances; next: string };

export function ResetForm({ token, circumstances, next }: Props) {
  const { t, rich } = useWords();
  const { state, sending } = useFormAction<ResetState>(choosePassword, {});

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        {rich("auth.spentReset", {
          link: (parts) => <TextLink href={leadingTo("/forgot-password", next)}>{parts}</TextLink>,
        })}
      </Notice>
    );
  }

  return (
    <Form {...sending} continueAt="password">
      {/* Password managers save the new password under this name. */}
      <input type="text" name="username" value={circumstances.email} autoComplete="username" readOnly hidden disabled />
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="next" value={next} />
      <NewPasswordField
        label={t("auth.newPassword")}
        name="password"
        circumstances={circumstances}
        error={state.errors?.password ?? state.errors?.token}
      />
      <SubmitButton working={t("auth.changing")}>{t("auth.changePassword")}</SubmitButton>
    </Form>
  );
}
