"use client";

import { type ComponentProps, type ReactNode, useActionState, useState, useTransition } from "react";
import { ConfirmForm } from "@/app/(account)/confirm/confirm-form";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import type { FormState } from "@/app/ui/form/form-state";
import { explainFailure, submitting } from "@/app/ui/form/send-form";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { Progress } from "@/app/ui/link/progress";
import { usePrivateWords } from "@/lib/i18n/react";
import { useLiveSession } from "./session-guard";

/**
 * A form's action that never loses the form's content. If the session has ended, the
 * form is sent after the user has logged in again. If the action needs the password,
 * `dialog` asks for it, and the form is sent again. Spread `sending` onto a `Form`.
 * Without JavaScript the form is sent directly, and redirects to a page that asks.
 * `onAnswer` is called even if the form is gone by then: the action may have ended
 * the session that the form was about.
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

/** Sends a form once the session is active and, if needed, the user has confirmed who they are. Calls `onAnswer` for each try. */
export function useGuardedSubmit<State extends FormState<string>>(
  act: (form: FormData) => Promise<State>,
  onAnswer: (answer: State) => void,
) {
  const [isPending, startTransition] = useTransition();
  const [isWaiting, setIsWaiting] = useState(false);
  const [unconfirmed, setUnconfirmed] = useState<FormData | null>(null);
  const { ensure, acting, person, hasSecondFactor } = useLiveSession();
  const { t } = usePrivateWords();

  async function submit(form: FormData) {
    setIsWaiting(true);
    // Outside the transition: within it, React would hold back the log-in dialog that this may wait for.
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
    <Dialog isOpen={unconfirmed !== null} title={t("guard.confirmTitle")} onClose={close}>
      <p className="mb-5 text-muted">{t("guard.confirmHint", { factor: String(hasSecondFactor) })}</p>
      <ConfirmForm
        email={person.email}
        hasSecondFactor={hasSecondFactor}
        onConfirmed={() => {
          close();
          if (unconfirmed) submit(unconfirmed);
        }}
      >
        <Button type="button" kind="secondary" onClick={close}>
          {t("guard.cancel")}
        </Button>
      </ConfirmForm>
    </Dialog>
  );

  return { submit, onSubmit: submitting(submit), dialog, isPending: isPending || isWaiting };
}

type Props = {
  /** The form's id, for fields outside it. */
  id?: string;
  /** Takes no previous state: React could render a form with such an action only after waiting. */
  action: (form: FormData) => Promise<FormState<string>>;
  /** The action of the plain form, on a page that shows the result without JavaScript. */
  plainAction?: (form: FormData) => void;
  /** Hidden fields to send. */
  values?: Record<string, string>;
  kind?: ComponentProps<typeof Button>["kind"];
  label?: string;
  /** What the toast says after success, in place of the action's own message. */
  done?: string;
  /** Takes a success back: the toast offers it. */
  undo?: () => void;
  children: ReactNode;
};

/** A button that runs an action, asks for a confirmation first if needed, and shows the result in a toast. */
export function GuardedButton(props: Props) {
  const { id, action, plainAction, values = {}, kind = "secondary", label, done, undo, children } = props;
  const send: (form: FormData) => void = plainAction ?? action;
  const tell = useToldAnswer(done);
  const { onSubmit, dialog, isPending } = useGuardedSubmit(action, (answer) => tell(answer, undo));
  const button = useFocusBack(isPending);

  return (
    <>
      <form id={id} action={send} onSubmit={onSubmit} className="contents">
        {Object.entries(values).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Button ref={button} type="submit" kind={kind} disabled={isPending} aria-label={label}>
          {children}
        </Button>
      </form>
      {isPending && <Progress />}
      {dialog}
    </>
  );
}
