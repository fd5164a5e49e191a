"use client";

import { type ReactNode, useEffect, useRef } from "react";
import type { Hindrance } from "@/lib/auth/attempt";
import { Hindered } from "./hindered";
import { Notice } from "./notice";

/** What came of sending a form, for the form itself. */
type FormOutcome = { errors?: Record<string, string | undefined>; hindrance?: Hindrance };

type Props = {
  action: (form: FormData) => void;
  onSubmit?: ((event: React.FormEvent<HTMLFormElement>) => void) | undefined;
  state: FormOutcome;
  /** Which field to go on with, when no field is wrong but something was. */
  continueAt?: string;
  children: ReactNode;
};

/** A form that says what became of it, and leads on to where there is something to mend. Works without JavaScript. */
export function Form({ action, onSubmit, state, continueAt, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const { errors, hindrance } = state;

  useEffect(() => {
    if (!state.errors && !state.hindrance) return;
    const wrong = form.current?.querySelector<HTMLInputElement>("[aria-invalid=true]");
    const next = wrong ?? form.current?.querySelector<HTMLInputElement>(`[name="${continueAt}"]`);
    next?.focus();
  }, [state, continueAt]);

  return (
    <form ref={form} action={action} onSubmit={onSubmit} className="flex flex-col gap-5" noValidate>
      {errors?.form && <Notice kind="problem">{errors.form}</Notice>}
      {hindrance && <Hindered hindrance={hindrance} />}
      {children}
    </form>
  );
}
