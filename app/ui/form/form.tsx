"use client";

import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { FormState } from "./form-state";
import { isComposing } from "./keys";
import { Notice } from "./notice";
import type { Sending } from "./send-form";
import { TryLaterNotice } from "./try-later-notice";

type Known = {
  isPending: boolean;
  /** What came of it last: another object after each answer. */
  answer: unknown;
  /** The fields that were edited since. */
  edited: ReadonlySet<string>;
};

const SendingContext = createContext<Known>({ isPending: false, answer: null, edited: new Set() });

/** What is known of the sending of the form around. */
export function useSending(): Known {
  return useContext(SendingContext);
}

type Props = Sending & {
  /** Which field to go on with, when no field is wrong but something was. */
  continueAt?: string;
  /** Whether it destroys something: then only its button sends it. Enter in a field does nothing. */
  isDestructive?: boolean;
  children: ReactNode;
};

/** A form that says what became of it, and leads on to where there is something to mend. Works without JavaScript. */
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
    // What the answer says is of the fields as they were sent.
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
          // Enter that ends a composition sends nothing.
          if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
        }}
        className="flex flex-col gap-5"
        noValidate
      >
        {/* A form's first button is what Enter in a field presses. One that is disabled stops that (HTML, implicit submission). */}
        {isDestructive && <button type="submit" disabled hidden />}
        {errors?.form && <Notice kind="problem">{errors.form}</Notice>}
        {tryLater && <TryLaterNotice tryLater={tryLater} />}
        {done && <Notice kind="done">{done}</Notice>}
        {children}
      </form>
    </SendingContext>
  );
}

/**
 * Empties what was sent and is not needed again: passwords once the server has
 * answered, every field once it is done. What was typed since it was sent stays.
 */
function emptySent(form: HTMLFormElement, sent: FormData, { done }: FormState<string>): void {
  for (const field of form.elements) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue;
    if (NEVER_EMPTIED.includes(field.type) || field.value !== sent.get(field.name)) continue;
    // By what it is for, because a password may be shown as text.
    if (done || /-password$/.test(field.autocomplete)) field.value = field.defaultValue;
  }
}

const NEVER_EMPTIED = ["hidden", "checkbox", "radio", "submit"];
