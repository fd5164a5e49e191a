"use client";

import { useEffect, useRef } from "react";
import { ChooseForm } from "@/app/(auth)/login/choose-form";
import { Form } from "@/app/ui/form/form";
import { PasswordField } from "@/app/ui/form/password-field";
import { useFormAction } from "@/app/ui/form/send-form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { Isolated } from "@/app/ui/isolated";
import { type LogInAgainState, logInAgain, makeRoomAgain } from "./actions";
import type { Times } from "./times";

type Props = {
  person: { name: string; email: string };
  why: string;
  onLoggedIn: (times: Times) => void;
};

/** Lets the same user log in again over a page whose session has expired. Others go to the log-in page. */
export function LogInAgain({ person, why, onLoggedIn }: Props) {
  const { state, sending } = useFormAction<LogInAgainState>(logInAgain, {});

  const heard = useRef(({ times }: LogInAgainState) => {
    if (times) onLoggedIn(times);
  });
  useEffect(() => heard.current(state), [state]);

  return (
    <>
      <p className="mb-5 text-muted">
        <span>{why}</span> Log in again as{" "}
        <span className="font-medium text-ink wrap-anywhere">
          <Isolated>{person.email}</Isolated>
        </span>
        , and go on where you were: what you have typed is still there.
      </p>
      {state.choice ? (
        <ChooseForm<LogInAgainState> choice={state.choice} action={makeRoomAgain} onAnswer={heard.current} />
      ) : (
        <Form {...sending} continueAt="password">
          <input type="hidden" name="email" value={person.email} />
          <PasswordField
            label="Your password"
            name="password"
            id="again-password"
            autoComplete="current-password"
            required
            error={state.errors?.password}
          />
          <SubmitButton working="Logging in …">Log in again</SubmitButton>
        </Form>
      )}
      <p className="mt-5 text-sm">
        {/* A full page load, so that nothing of this page is left for another user. */}
        <a href="/login" className="font-medium text-ink underline underline-offset-4">
          Log in as somebody else
        </a>
      </p>
    </>
  );
}
