"use client";

import { type ReactNode, useEffect } from "react";
import { Form } from "@/app/ui/form/form";
import type { FormState } from "@/app/ui/form/form-state";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { Isolated } from "@/app/ui/isolated";
import { Relative } from "@/app/ui/time/relative";
import type { Choice } from "@/lib/auth/log-in";
import { addressName } from "@/lib/http/address-name";
import { browserName } from "@/lib/http/browser-name";
import { useWords } from "@/lib/i18n/react";

type Props<State> = {
  choice: Choice;
  /** Logs in by ending the chosen session. */
  action: (previous: State, form: FormData) => Promise<State>;
  onAnswer?: (answer: State) => void;
  /** Further fields to send. */
  children?: ReactNode;
};

/** Asks a user at the session limit which session to end. */
export function ChooseForm<State extends FormState<string> & { choice?: Choice }>({
  choice,
  action,
  onAnswer,
  children,
}: Props<State>) {
  const words = useWords();
  const { state, sending } = useFormAction<State>(action, { choice } as Awaited<State>);
  const { ticket, sessions, now } = state.choice ?? choice;
  // Preselect the least recently used session: its user will miss it least.
  const last = sessions.at(-1);

  useEffect(() => onAnswer?.(state), [state, onAnswer]);

  return (
    <Form {...sending}>
      <fieldset>
        <legend className="mb-3 text-muted">{words.t("login.chooseHint")}</legend>
        <ul className="flex max-h-96 flex-col gap-2 overflow-y-auto">
          {sessions.map((session) => (
            <li key={session.handle}>
              <label className="flex min-h-11 items-center gap-3 rounded-lg border border-line bg-surface p-3 text-sm">
                <input
                  type="radio"
                  name="handle"
                  value={session.handle}
                  defaultChecked={session === last}
                  // biome-ignore lint/a11y/noAutofocus: the form that had the focus is gone
                  autoFocus={session === last}
                  className="size-4 accent-action"
                />
                <span className="min-w-0">
                  <span className="block font-medium wrap-anywhere">
                    <Isolated>{session.name ?? browserName(session, words)}</Isolated>
                  </span>
                  <span className="text-muted">
                    {words.rich("login.lastSeen", {
                      time: () => <Relative at={session.lastSeen} now={now} />,
                      known: session.lastAddress ? "yes" : "no",
                      address: addressName(session.lastAddress ?? "", session.lastPlace?.name, words),
                    })}
                  </span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <input type="hidden" name="ticket" value={ticket} />
      {children}
      <SubmitButton working={words.t("login.working")}>{words.t("login.chooseSubmit")}</SubmitButton>
    </Form>
  );
}
