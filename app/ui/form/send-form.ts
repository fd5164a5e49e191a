"use client";

import { unstable_isUnrecognizedActionError as isFromBeforeUpdate, unstable_rethrow } from "next/navigation";
import { useActionState, useState, useTransition } from "react";
import type { Failure, FormState } from "./form-state";

/** The props by which a form is sent. */
export type Sending = {
  form: { action: (form: FormData) => void; onSubmit: (event: React.FormEvent<HTMLFormElement>) => void };
  state: FormState<string>;
  isPending: boolean;
};

/**
 * Sends a form's action from our own submit handler, so that the form keeps its content
 * whatever the result. React itself would clear the form after each response, and replace
 * the page after each failure. Without JavaScript the browser sends the form.
 */
export function useFormAction<State extends FormState<string>>(
  action: (previous: State, form: FormData) => Promise<State>,
  initial: Awaited<State>,
) {
  const [stateWithoutScript, send] = useActionState<State, FormData>(action, initial);
  const [answered, setAnswered] = useState<State | null>(null);
  const [isPending, startTransition] = useTransition();
  const state: State = answered ?? stateWithoutScript;

  /** Sends a form to another action, whose result the form then shows. */
  const sendTo = (other: typeof action, form: FormData) =>
    startTransition(async () => setAnswered(await other(state, form).catch(explainFailure<State>)));
  const onSubmit = submitting((form) => sendTo(action, form));
  return { state, sendTo, sending: { state, isPending, form: { action: send, onSubmit } } };
}

/** A submit handler that calls `send` with the form's data, including the pressed button's name and value. */
export function submitting(send: (form: FormData) => void) {
  return (event: React.FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    send(new FormData(event.currentTarget, (event.nativeEvent as SubmitEvent).submitter));
  };
}

/** Turns a failed request into a state for the form. Rethrows redirects and other control flow of Next.js. */
export function explainFailure<State extends FormState<string>>(error: unknown): State {
  unstable_rethrow(error);
  return { tryLater: failureOf(error) } as State;
}

function failureOf(error: unknown): Failure {
  const { digest } = error as { digest?: string };
  if (digest === "OUTAGE") return { state: "unavailable" };
  const isStale: boolean = isFromBeforeUpdate(error);
  if (isStale) return { state: "outdated" };
  // On a network failure fetch() throws a TypeError, with a different message in each browser.
  if (error instanceof TypeError || !navigator.onLine) return { state: "offline" };
  return { state: "unexpected", reference: digest };
}
