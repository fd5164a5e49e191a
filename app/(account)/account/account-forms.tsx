"use client";

import { GuardedButton, useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { type Circumstances, NewPasswordField } from "@/app/(auth)/new-password-field";
import { FoldedCard } from "@/app/ui/card";
import { EmailField, TextField, TypedField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { Isolated } from "@/app/ui/isolated";
import { Moment } from "@/app/ui/time/moment";
import { usePrivateWords } from "@/lib/i18n/react";
import type { PendingEmail } from "@/lib/session/store/contract";
import {
  type AccountState,
  cancelEmailChange,
  changeEmail,
  changeName,
  changePassword,
  deleteAccount,
  resendEmailChange,
} from "./actions";

export function NameForm({ name }: { name: string }) {
  const { state, sending } = useGuardedAction<AccountState>(changeName, {});
  const { t } = usePrivateWords();

  return (
    <Form {...sending} continueAt="name">
      <TextField
        label={t("account.name")}
        name="name"
        autoComplete="name"
        required
        defaultValue={state.name ?? name}
        error={state.errors?.name}
      />
      <Send working={t("account.saving")}>{t("account.save")}</Send>
    </Form>
  );
}

export function EmailForm({ pending }: { pending: PendingEmail | null }) {
  const { state, sending, dialog } = useGuardedAction<AccountState>(changeEmail, {});
  const { person } = useLiveSession();
  const { t, rich } = usePrivateWords();

  return (
    <>
      <Form {...sending} continueAt="email">
        <p className="text-sm text-muted">
          {rich("account.loginEmail", {
            email: () => (
              <span className="font-medium text-ink wrap-anywhere">
                <Isolated>{person.email}</Isolated>
              </span>
            ),
          })}
        </p>
        <EmailField
          label={t("account.newEmail")}
          name="email"
          autoComplete="email"
          defaultValue={state.email}
          error={state.errors?.email}
        />
        <Send working={t("account.sendingEmail")}>{t("account.changeEmail")}</Send>
      </Form>
      {pending && pending.email !== person.email && <PendingChange pending={pending} />}
      {dialog}
    </>
  );
}

/** An email change that is not confirmed yet, with buttons to send its email again or to cancel it. */
function PendingChange({ pending: { email, until } }: { pending: PendingEmail }) {
  const { t, rich } = usePrivateWords();
  return (
    <div className="mt-5 rounded-lg border border-line bg-sunken p-4 text-sm">
      <p>
        {rich("account.pending", {
          email: () => (
            <span className="font-medium wrap-anywhere">
              <Isolated>{email}</Isolated>
            </span>
          ),
          time: () => <Moment at={until} />,
        })}
      </p>
      <div className="mt-3 flex flex-wrap gap-3">
        <GuardedButton action={resendEmailChange} values={{ email }}>
          {t("account.sendAgain")}
        </GuardedButton>
        <GuardedButton action={cancelEmailChange}>{t("account.cancelChange")}</GuardedButton>
      </div>
    </div>
  );
}

export function PasswordForm({ circumstances }: { circumstances: Circumstances }) {
  const { state, sending } = useGuardedAction<AccountState>(changePassword, {});
  const { t } = usePrivateWords();

  return (
    <Form {...sending} continueAt="current">
      <input type="text" name="username" value={circumstances.email} autoComplete="username" readOnly hidden disabled />
      <CurrentPassword id="password-current" error={state.errors?.current} />
      <NewPasswordField
        label={t("account.newPassword")}
        name="password"
        id="new-password"
        circumstances={circumstances}
        error={state.errors?.password}
      />
      <Send working={t("account.changingPassword")}>{t("account.changePassword")}</Send>
    </Form>
  );
}

/**
 * Deletes the account. Folded, so that nobody begins by mistake; it opens by itself to
 * show an error. It needs a typed word besides the password, because browsers fill in
 * passwords by themselves. The word comes last: browsers take a field before a password
 * for the user name, and fill that in, too.
 */
export function DeleteForm() {
  const { state, sending } = useGuardedAction<AccountState>(deleteAccount, {});
  const { t, rich } = usePrivateWords();

  return (
    <FoldedCard title={t("account.delete")} isOpen={Boolean(state.errors || state.tryLater)}>
      <Form {...sending} continueAt="current" isDestructive>
        <p className="text-sm text-muted">{t("account.deleteHint")}</p>
        <CurrentPassword id="delete-current" error={state.errors?.current} />
        <TypedField
          label={rich("account.typeWord", { word: () => <strong translate="no">delete</strong> })}
          name="word"
          error={state.errors?.word}
        />
        <Send kind="danger" working={t("account.deleting")}>
          {t("account.delete")}
        </Send>
      </Form>
    </FoldedCard>
  );
}

type SendProps = { working: string; kind?: "secondary" | "danger"; children: string };

function Send({ kind = "secondary", ...props }: SendProps) {
  return <SubmitButton kind={kind} className="self-start" {...props} />;
}

function CurrentPassword({ id, error }: { id: string; error: string | undefined }) {
  const { t } = usePrivateWords();
  return (
    <PasswordField
      label={t("account.currentPassword")}
      name="current"
      id={id}
      autoComplete="current-password"
      required
      error={error}
    />
  );
}
