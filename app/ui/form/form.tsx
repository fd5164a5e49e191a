"use client";

import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Progress } from "@/app/ui/link/progress";
import type { FormState } from "./form-state";
import { isComposing } from "./keys";
import { Notice } from "./notice";
import type { Sending } from "./send-form";
import { TryLaterNotice } from "./try-later-notice";

type Known = {
  isPending: boolean;
  /** The latest result: a new object after each response. */
  answer: unknown;
  /** The fields that were edited since then. */
  edited: ReadonlySet<string>;
};

const SendingContext = createContext<Known>({ isPending: false, answer: null, edited: new Set() });

/** The sending state of the surrounding form. */
export function useSending(): Known {
  return useContext(SendingContext);
}

type Props = Sending & {
  /** The field to focus after an error that belongs to no field. */
  continueAt?: string;
  /** Whether the form destroys something. Then only its button sends it, not Enter in a field. */
  isDestructive?: boolean;
  children: ReactNode;
};

/** A form that shows its result and focuses the first field with an error. It works without JavaScript. */
export function Form({ form: { action, onSubmit }, state, isPending, continueAt, isDestructive, children }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const sent = useRef<FormData | null>(null);
  const editedSinceSent = useRef(new Set<string>());
  const [edited, setEdited] = useState<ReadonlySet<string>>(new Set());
  const { errors, tryLater, done } = state;

  useLayoutEffect(() => {
    if (form.current && sent.current && !state.tryLater && !state.needs) emptySent(form.current, sent.current, state);
  }, [state]);

  useEffect(() => {
    // The errors are about the fields as they were sent, so fields edited since then have none.
    setEdited(new Set(editedSinceSent.current));
    if (!state.errors && !state.tryLater) return;
    const wrong = form.current?.querySelector<HTMLInputElement>("[aria-invalid=true]");
    const next = wrong ?? form.current?.querySelector<HTMLInputElement>(`[name="${continueAt}"]`);
    next?.focus();
  }, [state, continueAt]);

  return (
    <SendingContext value={{ isPending, answer: state, edited }}>
      <form
        ref={form}
        action={action}
        onSubmit={(event) => {
          sent.current = new FormData(event.currentTarget);
          editedSinceSent.current.clear();
          onSubmit(event);
        }}
        onInput={({ target }) => {
          const { name } = target as HTMLInputElement;
          editedSinceSent.current.add(name);
          if (!edited.has(name)) setEdited(new Set([...edited, name]));
        }}
        onKeyDown={(event) => {
          // An Enter that ends an IME composition must not send the form.
          if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
        }}
        className="flex flex-col gap-5"
        noValidate
      >
        {/* Enter presses a form's first submit button. A disabled one stops it (HTML, implicit submission). */}
        {isDestructive && <button type="submit" disabled hidden />}
        {errors?.form && <Notice kind="problem">{errors.form}</Notice>}
        {tryLater && <TryLaterNotice tryLater={tryLater} />}
        {done && <Notice kind="done">{done}</Notice>}
        {children}
        {isPending && <Progress />}
      </form>
    </SendingContext>
  );
}

/**
 * Clears fields that were sent: all of them after success, and otherwise passwords and codes. These stay only if every
 * error is that of another field, so that nobody types a password again because of a missing name. Fields edited since
 * then keep their new value.
 */
function emptySent(form: HTMLFormElement, sent: FormData, { done, errors }: FormState<string>): void {
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue;
    if (NEVER_EMPTIED.includes(field.type) || field.value !== sent.get(field.name)) continue;
    // Recognised by its autocomplete attribute, because a shown password has the type "text".
    const isSecret = /-password$|^one-time-code$/.test(field.autocomplete);
    if (done || (isSecret && (!errors || errors.form || errors[field.name]))) field.value = field.defaultValue;
  }
}

const NEVER_EMPTIED = ["hidden", "checkbox", "radio", "submit"];
