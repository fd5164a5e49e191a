"use client";

import { type ReactNode, useActionState } from "react";
import { useGuardedAction } from "@/app/(account)/live/guarded-form";
import { type Circumstances, NewPasswordField } from "@/app/(auth)/new-password-field";
import { Button } from "@/app/ui/button";
import { TextField } from "@/app/ui/field";
import { Form } from "@/app/ui/form";
import { Notice } from "@/app/ui/notice";
import { PasswordField } from "@/app/ui/password-field";
import { SubmitButton } from "@/app/ui/submit-button";
import { type AccountState, changeEmail, changeName, changePassword, deleteAccount } from "./actions";

export function NameForm({ name }: { name: string }) {
  const [state, action] = useActionState<AccountState, FormData>(changeName, {});

  return (
    <AccountForm action={action} state={state} continueAt="name">
      <TextField
        label="Name"
        name="name"
        autoComplete="name"
        required
        maxLength={100}
        defaultValue={state.name ?? name}
        error={state.errors?.name}
      />
      <SubmitButton kind="secondary" working="Saving …" className="self-start">
        Save
      </SubmitButton>
    </AccountForm>
  );
}

export function EmailForm({ email }: { email: string }) {
  const { state, form, dialog, isPending } = useGuardedAction<AccountState>(changeEmail, {});

  return (
    <>
      <AccountForm {...form} state={state} continueAt="email">
        <p className="text-sm text-muted">
          You log in with <span className="font-medium text-ink wrap-anywhere">{email}</span>.
        </p>
        <TextField
          label="New email"
          name="email"
          type="email"
          autoComplete="email"
          autoCapitalize="none"
          spellCheck={false}
          required
          defaultValue={state.email}
          error={state.errors?.email}
        />
        <Button type="submit" kind="secondary" disabled={isPending} className="self-start">
          {isPending ? "Sending a mail …" : "Change the address"}
        </Button>
      </AccountForm>
      {dialog}
    </>
  );
}

export function PasswordForm({ circumstances }: { circumstances: Circumstances }) {
  const [state, action] = useActionState<AccountState, FormData>(changePassword, {});

  return (
    <AccountForm action={action} state={state} continueAt="current">
      <input type="text" name="username" value={circumstances.email} autoComplete="username" readOnly hidden disabled />
      <CurrentPassword id="password-current" error={state.errors?.current} />
      <NewPasswordField
        label="New password"
        name="password"
        id="new-password"
        circumstances={circumstances}
        error={state.errors?.password}
      />
      <SubmitButton kind="secondary" working="Changing it …" className="self-start">
        Change the password
      </SubmitButton>
    </AccountForm>
  );
}

export function DeleteForm() {
  const [state, action] = useActionState<AccountState, FormData>(deleteAccount, {});

  return (
    <AccountForm action={action} state={state} continueAt="current">
      <p className="text-sm text-muted">
        Every browser is signed out, and everything that is kept about you is deleted. This cannot be undone.
      </p>
      <CurrentPassword id="delete-current" error={state.errors?.current} />
      <SubmitButton kind="danger" working="Deleting it …" className="self-start">
        Delete my account
      </SubmitButton>
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

function AccountForm({ state, children, ...props }: AccountFormProps) {
  return (
    <Form state={state} {...props}>
      {state.done && <Notice kind="done">{state.done}</Notice>}
      {children}
    </Form>
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
