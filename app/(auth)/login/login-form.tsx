"use client";

import { useActionState, useEffect, useRef } from "react";
import { TextField } from "@/app/ui/field";
import { Notice } from "@/app/ui/notice";
import { PasswordField } from "@/app/ui/password-field";
import { SubmitButton } from "@/app/ui/submit-button";
import { type LoginState, login } from "./actions";

type Props = {
  next: string;
  /** What the form starts with: the demo account, when it was asked for. */
  filled: { email: string; password: string } | null;
};

export function LoginForm({ next, filled }: Props) {
  const [state, action] = useActionState<LoginState, FormData>(login, {});
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    // Where to go on: the first field that is wrong, or else the password, which is empty again.
    if (state.errors) form.current?.querySelector<HTMLInputElement>("[aria-invalid=true], [name=password]")?.focus();
  }, [state]);

  return (
    <form ref={form} action={action} className="flex flex-col gap-5" noValidate>
      {state.errors?.form && <Notice kind="problem">{state.errors.form}</Notice>}
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        defaultValue={state.email ?? filled?.email}
        error={state.errors?.email}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        defaultValue={filled?.password}
        error={state.errors?.password}
      />
      {/* React resets a form after its action; a box that was ticked would be lost without a new key. */}
      <label key={String(state.publicComputer)} className="flex min-h-11 items-center gap-3 text-sm sm:min-h-0">
        <input
          type="checkbox"
          name="public"
          defaultChecked={state.publicComputer}
          className="size-5 accent-action sm:size-4"
        />
        <span>
          This is a public computer <span className="block text-muted">Ends with the browser, or when left alone</span>
        </span>
      </label>
      <input type="hidden" name="next" value={next} />
      <SubmitButton working="Logging in …">Log in</SubmitButton>
    </form>
  );
}
