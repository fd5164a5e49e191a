"use client";

import {
  type ComponentProps,
  type ReactNode,
  startTransition,
  useActionState,
  useEffect,
  useRef,
  useState,
} from "react";
import { ConfirmForm } from "@/app/(account)/confirm/confirm-form";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { useToast } from "@/app/ui/toast";
import type { Hindrance } from "@/lib/auth/attempt";
import { useLiveSession } from "./live-session";

/** What comes of an act that may need the password first. */
export type GuardedState = { needs?: "password"; hindrance?: Hindrance; done?: string; error?: string };

type Action<State> = (previous: State, form: FormData) => Promise<State>;

/**
 * A form's action whose content is not lost: should the session have ended, it is
 * sent once somebody has logged in again; should it need the password, once that
 * was entered, in `dialog`. `form` goes onto the form. Without JavaScript the
 * form is sent as it is, and led to a page that asks.
 */
export function useGuardedAction<State extends { needs?: "password" }>(action: Action<State>, initial: Awaited<State>) {
  const [state, send, isPending] = useActionState<State, FormData>(action, initial);
  const { ensure, person } = useLiveSession();
  const sent = useRef<FormData | null>(null);
  const [isAsking, setIsAsking] = useState(false);

  useEffect(() => setIsAsking(state.needs === "password"), [state]);

  const form = {
    action: send,
    onSubmit(event: React.FormEvent<HTMLFormElement>) {
      event.preventDefault();
      const data = new FormData(event.currentTarget);
      sent.current = data;
      ensure().then(() => startTransition(() => send(data)));
    },
  };

  const dialog = (
    <Dialog isOpen={isAsking} title="Confirm that it is you" onClose={() => setIsAsking(false)}>
      <p className="mb-5 text-muted">Enter your password, and it is done. You are asked again after a while.</p>
      <ConfirmForm
        email={person.email}
        onConfirmed={() => {
          setIsAsking(false);
          const data = sent.current;
          if (data) startTransition(() => send(data));
        }}
      >
        <Button type="button" kind="secondary" onClick={() => setIsAsking(false)}>
          Cancel
        </Button>
      </ConfirmForm>
    </Dialog>
  );

  return { state: state as State, form, dialog, isPending };
}

type Props = {
  action: Action<GuardedState>;
  /** What is sent along. */
  values?: Record<string, string>;
  kind?: ComponentProps<typeof Button>["kind"];
  label?: string;
  children: ReactNode;
};

/** A button that does something at once, asks for the password first if it must, and says what came of it. */
export function GuardedButton({ action, values = {}, kind = "secondary", label, children }: Props) {
  const { state, form, dialog, isPending } = useGuardedAction<GuardedState>(action, {});
  const toast = useToast();

  useEffect(() => {
    if (state.done) toast({ kind: "done", text: state.done });
    if (state.error) toast({ kind: "problem", text: state.error });
    if (state.hindrance) toast({ kind: "problem", text: HINDRANCES[state.hindrance.state] });
  }, [state, toast]);

  return (
    <>
      <form {...form} className="contents">
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
