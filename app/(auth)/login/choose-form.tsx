"use client";

import { useActionState } from "react";
import { Form } from "@/app/ui/form";
import { Isolated } from "@/app/ui/isolated";
import { Relative } from "@/app/ui/relative";
import { SubmitButton } from "@/app/ui/submit-button";
import type { Choice } from "@/lib/auth/log-in";
import { browserName } from "@/lib/session/browser-name";
import { type LoginState, makeRoom } from "./actions";

type Props = { choice: Choice; next: string; publicComputer: boolean | undefined };

/** Asks who is signed in in as many browsers as they may be which of them makes room. */
export function ChooseForm({ choice, next, publicComputer }: Props) {
  const [state, action] = useActionState<LoginState, FormData>(makeRoom, { choice });
  const { ticket, sessions, now } = state.choice ?? choice;
  // The one that was used least recently is the one that is missed least.
  const last = sessions.at(-1);

  return (
    <Form action={action} state={state}>
      <fieldset>
        <legend className="mb-3 text-muted">
          You are signed in in as many browsers as you may be. Choose one to sign out, and you are in.
        </legend>
        <ul className="flex max-h-96 flex-col gap-2 overflow-y-auto">
          {sessions.map(({ handle, name, browser, system, lastSeen, lastAddress }) => (
            <li key={handle}>
              <label className="flex min-h-11 items-center gap-3 rounded-lg border border-line bg-surface p-3 text-sm">
                <input
                  type="radio"
                  name="handle"
                  value={handle}
                  defaultChecked={handle === last?.handle}
                  className="size-4 accent-action"
                />
                <span className="min-w-0">
                  <span className="block font-medium wrap-anywhere">
                    <Isolated>{name ?? browserName({ browser, system })}</Isolated>
                  </span>
                  <span className="text-muted">
                    last seen <Relative at={lastSeen} now={now} /> {lastAddress && `from ${lastAddress}`}
                  </span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <input type="hidden" name="ticket" value={ticket} />
      <input type="hidden" name="next" value={next} />
      {publicComputer && <input type="hidden" name="public" value="on" />}
      <SubmitButton working="Logging in …">Sign it out and log in</SubmitButton>
    </Form>
  );
}
