"use client";

import type { ReactNode } from "react";
import { addAuthenticator, type SecurityState } from "@/app/(account)/account/security/actions";
import { RecoveryCodes } from "@/app/(account)/account/security/recovery-codes";
import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { CodeField } from "@/app/ui/form/code-field";
import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { ButtonLink } from "@/app/ui/link/button-link";
import { usePrivateWords } from "@/lib/i18n/react";

/** Takes the first code of an app, then shows the recovery codes. The secret disappears. */
export function TotpForm({ next, children }: { next: string | null; children: ReactNode }) {
  const { state, sending, dialog } = useGuardedAction<SecurityState>(addAuthenticator, {});
  const { t } = usePrivateWords();

  if (state.isAdded) {
    return (
      <div className="flex max-w-prose flex-col gap-5">
        <Notice kind="done">{t("security.appAdded")}</Notice>
        {state.codes && <RecoveryCodes codes={state.codes} heading="h2" />}
        <ButtonLink href={next ?? "/account/security"} className="self-start print:hidden">
          {state.codes ? t("security.codesKept") : t("security.continue")}
        </ButtonLink>
      </div>
    );
  }

  return (
    <div className="flex flex-col gap-5">
      {children}
      <div className="max-w-80">
        <Form {...sending} continueAt="code">
          <CodeField label={t("login.code")} hint={t("login.codeHint")} error={state.errors?.code} />
          <SubmitButton working={t("security.adding")}>{t("security.add")}</SubmitButton>
        </Form>
      </div>
      {dialog}
    </div>
  );
}
