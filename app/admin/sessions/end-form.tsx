"use client";

import type { ReactNode } from "react";
import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { TypedField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { usePrivateWords } from "@/lib/i18n/react";
import { NoteField } from "../note-field";
import { type EndState, endSessions } from "./actions";
import type { Question } from "./meant";

type Props = {
  question: Question;
  /** Called with a new question when the selection has grown. */
  onQuestion?: (question: Question) => void;
  onDone?: (answer: EndState) => void;
  /** A button or link to cancel. */
  children: ReactNode;
};

/** Asks for the reason and, for sessions of several users, for their number; then ends the sessions. */
export function EndForm({ question: first, onQuestion, onDone, children }: Props) {
  const { t, rich, number } = usePrivateWords();
  const { state, sending, dialog } = useGuardedAction<EndState>(endSessions, {}, (answer) => {
    if (answer.question) onQuestion?.(answer.question);
    if (answer.done) onDone?.(answer);
  });
  const { meant, sessions, people, until } = state.question ?? first;

  return (
    <>
      <Form {...sending} continueAt="note" isDestructive>
        {Object.entries({ ...meant, until, sessions: String(sessions) }).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <NoteField value={state.note} error={state.errors?.note} />
        {people > 1 && (
          <TypedField
            key={sessions}
            label={rich("admin.typeNumber", { number: () => <strong translate="no">{number(sessions)}</strong> })}
            name="number"
            inputMode="numeric"
            error={state.errors?.number}
          />
        )}
        <div className="flex flex-col gap-3 sm:flex-row-reverse">
          <SubmitButton kind="danger" working={t("admin.loggingOut")}>
            {t("admin.logOut", { sessions })}
          </SubmitButton>
          {children}
        </div>
      </Form>
      {dialog}
    </>
  );
}
