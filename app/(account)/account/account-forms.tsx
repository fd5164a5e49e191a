"use client";

import { type ReactNode, useEffect, useRef } from "react";
import { GuardedButton, useGuardedAction } from "@/app/(account)/live/guarded-form";
import { useLiveSession } from "@/app/(account)/live/live-session";
import { type Circumstances, NewPasswordField } from "@/app/(auth)/new-password-field";
import { Button } from "@/app/ui/button";
import { EmailField, TextField } from "@/app/ui/field";
import { Form } from "@/app/ui/form";
import { Isolated } from "@/app/ui/isolated";
import { Moment } from "@/app/ui/moment";
import { Notice } from "@/app/ui/notice";
import { PasswordField } from "@/app/ui/password-field";
import type { PendingEmail } from "@/lib/session/store";
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
  const { state, form, isPending } = useGuardedAction<AccountState>(changeName, {});

  return (
    <AccountForm {...form} state={state} continueAt="name">
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        required
        defaultValue={state.name ?? name}
        error={state.errors?.name}
      />
      <Send isPending={isPending} working="Saving …">
        Save
      </Send>
    </AccountForm>
  );
}

export function EmailForm({ pending }: { pending: PendingEmail | null }) {
  const { state, form, dialog, isPending } = useGuardedAction<AccountState>(changeEmail, {});
  const { person } = useLiveSession();

  return (
    <>
      <AccountForm {...form} state={state} continueAt="email">
        <p className="text-sm text-muted">
          You log in with{" "}
          <span className="font-medium text-ink wrap-anywhere">
            <Isolated>{person.email}</Isolated>
          </span>
          .
        </p>
        <EmailField
          label="New email"
          name="email"
          autoComplete="email"
          defaultValue={state.email}
          error={state.errors?.email}
        />
        <Send isPending={isPending} working="Sending a mail …">
          Change the address
        </Send>
      </AccountForm>
      {pending && pending.email !== person.email && <PendingChange pending={pending} />}
      {dialog}
    </>
  );
}

/** A change of address that waits for its link to be opened, and what can be done about it. */
function PendingChange({ pending: { email, until } }: { pending: PendingEmail }) {
  return (
    <div className="mt-5 rounded-lg border border-line bg-sunken p-4 text-sm">
      <p>
        The change to{" "}
        <span className="font-medium wrap-anywhere">
          <Isolated>{email}</Isolated>
        </span>{" "}
        is not confirmed yet. Open the link in the mail that was sent there, by <Moment at={until} />.
      </p>
      <div className="mt-3 flex flex-wrap gap-3">
        <GuardedButton action={resendEmailChange} values={{ email }}>
          Send the mail again
        </GuardedButton>
        <GuardedButton action={cancelEmailChange}>Cancel the change</GuardedButton>
      </div>
    </div>
  );
}

export function PasswordForm({ circumstances }: { circumstances: Circumstances }) {
  const { state, form, isPending } = useGuardedAction<AccountState>(changePassword, {});

  return (
    <AccountForm {...form} state={state} continueAt="current">
      <input type="text" name="username" value={circumstances.email} autoComplete="username" readOnly hidden disabled />
      <CurrentPassword id="password-current" error={state.errors?.current} />
      <NewPasswordField
        label="New password"
        name="password"
        id="new-password"
        circumstances={circumstances}
        error={state.errors?.password}
      />
      <Send isPending={isPending} working="Changing it …">
        Change the password
      </Send>
    </AccountForm>
  );
}

export function DeleteForm() {
  const { state, form, isPending } = useGuardedAction<AccountState>(deleteAccount, {});

  return (
    <AccountForm {...form} state={state} continueAt="current">
      <p className="text-sm text-muted">
        Every browser is signed out, and everything that is kept about you is deleted. This cannot be undone.
      </p>
      <CurrentPassword id="delete-current" error={state.errors?.current} />
      <Send kind="danger" isPending={isPending} working="Deleting it …">
        Delete my account
      </Send>
    </AccountForm>
  );
}

type AccountFormProps = {
  action: (form: FormData) => void;
  onSubmit?: (event: React.FormEvent<HTMLFormElement>) => void;
  state: AccountState;
  continueAt: string;
  children: ReactNode;
};

/** A form of the account page, which says what was done, and is empty of passwords then. */
function AccountForm({ state, children, ...props }: AccountFormProps) {
  const form = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (state.done && !state.name) form.current?.querySelector("form")?.reset();
  }, [state]);

  return (
    <div ref={form}>
      <Form state={state} {...props}>
        {state.done && <Notice kind="done">{state.done}</Notice>}
        {children}
      </Form>
    </div>
  );
}

type SendProps = { isPending: boolean; working: string; kind?: "secondary" | "danger"; children: string };

function Send({ isPending, working, kind = "secondary", children }: SendProps) {
  return (
    <Button type="submit" kind={kind} disabled={isPending} className="self-start">
      {isPending ? working : children}
    </Button>
  );
}

function CurrentPassword({ id, error }: { id: string; error: string | undefined }) {
  return (
    <PasswordField
      label="Current password"
      name="current"
      id={id}
      autoComplete="current-password"
      required
      error={error}
    />
  );
}
