"use client";

import type { ReactNode } from "react";
import { SentMail } from "@/app/(auth)/sent-mail";
import { CodeField } from "@/app/ui/form/code-field";
import { EmailField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { Notice } from "@/app/ui/form/notice";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { TextLink } from "@/app/ui/link/text-link";
import { useWords } from "@/lib/i18n/react";
import {
  askForRecovery,
  endRecovery,
  type LinkState,
  type RequestState,
  type StopState,
  startRecovery,
  stopRecovery,
  stopWithCode,
} from "./actions";

/**
 * Asks for the email that starts a recovery, or once more for the one that ends it. `lifetime` is how long its link works,
 * in milliseconds.
 */
export function AskForm({ isLast, lifetime }: { isLast: boolean; lifetime: number }) {
  const { t, duration } = useWords();
  const { state, sending } = useFormAction<RequestState>(askForRecovery, {});

  if (state.sentTo) {
    return (
      <SentMail to={state.sentTo} again="/recover" next="/dashboard">
        {t(state.isLast ? "recover.sentLast" : "recover.sent", { length: duration(lifetime) })}
      </SentMail>
    );
  }
  return (
    <Form {...sending}>
      <SubmitButton working={t("recover.sending")}>{t(isLast ? "recover.resend" : "recover.send")}</SubmitButton>
    </Form>
  );
}

/** Starts the recovery that a link is for. */
export function StartForm({ token }: { token: string }) {
  const { t } = useWords();
  const { state, sending } = useFormAction<LinkState>(startRecovery, {});

  return (
    <LinkForm state={state} sending={sending} token={token}>
      <SubmitButton working={t("recover.starting")}>{t("recover.start")}</SubmitButton>
    </LinkForm>
  );
}

/** Stops the recovery that a link is about. */
export function StopForm({ token }: { token: string }) {
  const { t } = useWords();
  const { state, sending } = useFormAction<LinkState>(stopRecovery, {});

  return (
    <LinkForm state={state} sending={sending} token={token}>
      <SubmitButton working={t("recover.stopping")}>{t("recover.stop")}</SubmitButton>
    </LinkForm>
  );
}

/** Stops the recovery of an account by its email and a code. */
export function StopWithCodeForm() {
  const { t } = useWords();
  const { state, sending } = useFormAction<StopState>(stopWithCode, {});

  return (
    <Form {...sending} continueAt="code">
      <EmailField label={t("login.email")} name="email" defaultValue={state.email} error={state.errors?.email} />
      <CodeField label={t("login.code")} hint={t("login.anyCodeHint")} inputMode="text" error={state.errors?.code} />
      <SubmitButton working={t("recover.stopping")}>{t("recover.stop")}</SubmitButton>
    </Form>
  );
}

/** Asks for the password, and ends the recovery that a link is for. */
export function FinishForm({ token, email }: { token: string; email: string }) {
  const { t } = useWords();
  const { state, sending } = useFormAction<LinkState>(endRecovery, {});

  return (
    <LinkForm state={state} sending={sending} token={token}>
      {/* Password managers find the password under this name. */}
      <input type="text" name="username" value={email} autoComplete="username" readOnly hidden disabled />
      <PasswordField
        label={t("login.password")}
        name="password"
        autoComplete="current-password"
        required
        error={state.errors?.password}
      />
      <SubmitButton kind="danger" working={t("recover.finishing")}>
        {t("recover.finish")}
      </SubmitButton>
    </LinkForm>
  );
}

type LinkFormProps = {
  state: LinkState;
  sending: ReturnType<typeof useFormAction<LinkState>>["sending"];
  token: string;
  children: ReactNode;
};

function LinkForm({ state, sending, token, children }: LinkFormProps) {
  const { rich } = useWords();

  if (state.isSpent) {
    return (
      <Notice kind="problem">
        {rich("recover.spent", { link: (parts) => <TextLink href="/login">{parts}</TextLink> })}
      </Notice>
    );
  }
  return (
    <Form {...sending} continueAt="password">
      {state.errors?.token && <Notice kind="problem">{state.errors.token}</Notice>}
      <input type="hidden" name="token" value={token} />
      {children}
    </Form>
  );
}
