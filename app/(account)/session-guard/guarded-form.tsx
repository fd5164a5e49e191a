"use client";

import { type ComponentProps, type ReactNode, useActionState, useState, useTransition } from "react";
import { ConfirmForm } from "@/app/(account)/confirm/confirm-form";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import type { FormState } from "@/app/ui/form/form-state";
import { explainFailure, submitting } from "@/app/ui/form/send-form";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { useLiveSession } from "./session-guard";

/**
 * A form's action whose content is not lost: should the session have ended, it is
 * sent once somebody has logged in again; should it need the password, once that
 * was entered, in `dialog`. `form` goes onto the form. Without JavaScript the
 * form is sent as it is, and led to a page that asks. `onAnswer` is called also
 * when the form is no longer there: what it was about may be what was ended.
 */
export function useGuardedAction<State extends FormState<string>>(
  action: (previous: State, form: FormData) => Promise<State>,
  initial: Awaited<State>,
  onAnswer?: (answer: State) => void,
) {
  const [stateWithoutScript, send] = useActionState<State, FormData>(action, initial);
  const [answered, setAnswered] = useState<State | null>(null);
  const state: State = answered ?? stateWithoutScript;
  const { onSubmit, dialog, isPending } = useGuardedSubmit<State>(
    (form) => action(state, form),
    (answer) => {
      setAnswered(answer);
      if (answer?.needs !== "reauthentication") onAnswer?.(answer);
    },
  );
  return { state, dialog, sending: { state, isPending, form: { action: send, onSubmit } } };
}

/** Sends a form once the session lives and the password was entered, if it has to be; tells what came of each try. */
export function useGuardedSubmit<State extends FormState<string>>(
  act: (form: FormData) => Promise<State>,
  onAnswer: (answer: State) => void,
) {
  const [isPending, startTransition] = useTransition();
  const [isWaiting, setIsWaiting] = useState(false);
  const [unconfirmed, setUnconfirmed] = useState<FormData | null>(null);
  const { ensure, acting, person } = useLiveSession();

  async function submit(form: FormData) {
    setIsWaiting(true);
    // Not within the transition: React would hold back the log-in that this may wait for.
    await ensure();
    setIsWaiting(false);
    startTransition(() =>
      acting(async () => {
        const answer = await act(form).catch(explainFailure<State>);
        if (answer?.needs === "reauthentication") setUnconfirmed(form);
        onAnswer(answer);
      }),
    );
  }

  const close = () => setUnconfirmed(null);
  const dialog = (
    <Dialog isOpen={unconfirmed !== null} title="Confirm that it is you" onClose={close}>
      <p className="mb-5 text-muted">Enter your password, and it is done. You are asked again after a while.</p>
      <ConfirmForm
        email={person.email}
        onConfirmed={() => {
          close();
          if (unconfirmed) submit(unconfirmed);
        }}
      >
        <Button type="button" kind="secondary" onClick={close}>
          Cancel
        </Button>
      </ConfirmForm>
    </Dialog>
  );

  return { onSubmit: submitting(submit), dialog, isPending: isPending || isWaiting };
}

type Props = {
  /** Not bound to a state that came before: React has to wait before it can write down a form with such an action. */
  action: (form: FormData) => Promise<FormState<string>>;
  /** What a plain form is sent to, where a page tells without JavaScript what came of it. */
  plainAction?: (form: FormData) => void;
  /** What is sent along. */
  values?: Record<string, string>;
  kind?: ComponentProps<typeof Button>["kind"];
  label?: string;
  children: ReactNode;
};

/** A button that does something at once, asks for the password first if it must, and says what came of it. */
export function GuardedButton({ action, plainAction, values = {}, kind = "secondary", label, children }: Props) {
  const send: (form: FormData) => void = plainAction ?? action;
  const { onSubmit, dialog, isPending } = useGuardedSubmit(action, useToldAnswer());
  const button = useFocusBack(isPending);

  return (
    <>
      <form action={send} onSubmit={onSubmit} className="contents">
        {Object.entries(values).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Button ref={button} type="submit" kind={kind} disabled={isPending} aria-label={label}>
          {children}
        </Button>
      </form>
      {dialog}
    </>
  );
}
