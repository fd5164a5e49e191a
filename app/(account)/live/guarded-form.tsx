"use client";

import { unstable_rethrow } from "next/navigation";
import { type ComponentProps, type ReactNode, useActionState, useState, useTransition } from "react";
import { ConfirmForm } from "@/app/(account)/confirm/confirm-form";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { useToast } from "@/app/ui/toast";
import type { Hindrance } from "@/lib/auth/attempt";
import { useLiveSession } from "./live-session";

/** What comes of an act that may need the password first. */
type GuardedState = { needs?: "password"; hindrance?: Hindrance; done?: string; error?: string };

/**
 * A form's action whose content is not lost: should the session have ended, it is
 * sent once somebody has logged in again; should it need the password, once that
 * was entered, in `dialog`. `form` goes onto the form. Without JavaScript the
 * form is sent as it is, and led to a page that asks. `onAnswer` is called also
 * when the form is no longer there: what it was about may be what was ended.
 */
export function useGuardedAction<State extends { needs?: "password" }>(
  action: (previous: State, form: FormData) => Promise<State>,
  initial: Awaited<State>,
  onAnswer?: (answer: State) => void,
) {
  const [stateWithoutScript, send] = useActionState<State, FormData>(action, initial);
  const [answered, setAnswered] = useState<State | null>(null);
  const state: State = answered ?? stateWithoutScript;
  const { onSubmit, ...guarded } = useGuardedSubmit<State>(
    (form) => action(state, form),
    (answer) => {
      setAnswered(answer);
      if (answer?.needs !== "password") onAnswer?.(answer);
    },
  );
  return { ...guarded, state, form: { action: send, onSubmit } };
}

/** Sends a form once the session lives and the password was entered, if it has to be; tells what came of each try. */
function useGuardedSubmit<State extends { needs?: "password" }>(
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
        if (answer?.needs === "password") setUnconfirmed(form);
        onAnswer(answer);
      }),
    );
  }

  function onSubmit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // With the button that was pressed: it may say what is to be done.
    submit(new FormData(event.currentTarget, (event.nativeEvent as SubmitEvent).submitter));
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

  return { onSubmit, dialog, isPending: isPending || isWaiting };
}

/** No network, or no database: the form stays as it is. What leads elsewhere, or is a fault, goes on. */
function explainFailure<State>(error: unknown): State {
  unstable_rethrow(error);
  const isOutage = (error as { digest?: string }).digest === "OUTAGE";
  if (!isOutage && !(error instanceof TypeError)) throw error;
  return { hindrance: { state: "unavailable" } } as State;
}

type Props = {
  /** Not bound to a state that came before: React has to wait before it can write down a form with such an action. */
  action: (form: FormData) => Promise<GuardedState>;
  /** What is sent along. */
  values?: Record<string, string>;
  kind?: ComponentProps<typeof Button>["kind"];
  label?: string;
  children: ReactNode;
};

/** A button that does something at once, asks for the password first if it must, and says what came of it. */
export function GuardedButton({ action, values = {}, kind = "secondary", label, children }: Props) {
  const toast = useToast();
  // What it answers is for our script; a plain form gets the page anew.
  const send: (form: FormData) => void = action;
  const { onSubmit, dialog, isPending } = useGuardedSubmit(action, (answer) => {
    // Nothing comes back of an act that leads elsewhere.
    const { done, error, hindrance } = answer ?? {};
    if (done) toast({ kind: "done", text: done });
    if (error) toast({ kind: "problem", text: error });
    if (hindrance) toast({ kind: "problem", text: HINDRANCES[hindrance.state] });
  });

  return (
    <>
      <form action={send} onSubmit={onSubmit} className="contents">
        {Object.entries(values).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Button type="submit" kind={kind} disabled={isPending} aria-label={label}>
          {children}
        </Button>
      </form>
      {dialog}
    </>
  );
}

const HINDRANCES: Record<Hindrance["state"], string> = {
  throttled: "That was too often. Try again later.",
  busy: "There is too much to do just now. Try again in a moment.",
  unavailable: "The database does not answer. Nothing was changed; try again in a moment.",
};
