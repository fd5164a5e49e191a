"use client";

import { unstable_isUnrecognizedActionError as isFromBeforeUpdate, unstable_rethrow } from "next/navigation";
import { useActionState, useState, useTransition } from "react";
import type { Failure, FormState } from "./form-state";

/** What a form has to know of its sending. */
export type Sending = {
  form: { action: (form: FormData) => void; onSubmit: (event: React.FormEvent<HTMLFormElement>) => void };
  state: FormState<string>;
  isPending: boolean;
};

/**
 * A form's action, sent by our script: what is in the form stays there, whatever
 * comes of it. React would empty the form after each answer, and replace the page
 * after each failure. Without JavaScript the form is sent as it is.
 */
export function useFormAction<State extends FormState<string>>(
  action: (previous: State, form: FormData) => Promise<State>,
  initial: Awaited<State>,
) {
  const [stateWithoutScript, send] = useActionState<State, FormData>(action, initial);
  const [answered, setAnswered] = useState<State | null>(null);
  const [isPending, startTransition] = useTransition();
  const state: State = answered ?? stateWithoutScript;

  const onSubmit = submitting((form) =>
    startTransition(async () => setAnswered(await action(state, form).catch(explainFailure<State>))),
  );
  return { state, sending: { state, isPending, form: { action: send, onSubmit } } };
}

/** A submit handler that hands over what the form holds, with the button that was pressed: it may say what is to be done. */
export function submitting(send: (form: FormData) => void) {
  return (event: React.FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    send(new FormData(event.currentTarget, (event.nativeEvent as SubmitEvent).submitter));
  };
}

/** Turns a failure to get an answer into words for the form. What leads elsewhere goes on. */
export function explainFailure<State extends FormState<string>>(error: unknown): State {
  unstable_rethrow(error);
  return { tryLater: failureOf(error) } as State;
}

function failureOf(error: unknown): Failure {
  const { digest } = error as { digest?: string };
  if (digest === "OUTAGE") return { state: "unavailable" };
  const isStale: boolean = isFromBeforeUpdate(error);
  if (isStale) return { state: "outdated" };
  // fetch() throws a TypeError when the network fails, in each browser with other words.
  if (error instanceof TypeError || !navigator.onLine) return { state: "offline" };
  return { state: "unexpected", reference: digest };
}
