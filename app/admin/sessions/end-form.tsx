"use client";

import { useGuardedAction } from "@/app/(account)/live/guarded-form";
import { Button } from "@/app/ui/button";
import { Form } from "@/app/ui/form";
import { Notice } from "@/app/ui/notice";
import type { SelectedSession } from "@/lib/session/selection";
import { NoteField } from "../note-field";
import { SessionLines } from "../session-lines";
import { type EndState, endSessions } from "./actions";

type Props = {
  sessions: SelectedSession[];
  /** How many there are in all, in words, the one that looks at this left out. */
  others: { count: number; words: string };
  /** Which are meant, to be sent along. */
  meant: { user: string; address: string; before: string };
  here: string;
  now: string;
};

/** Sessions that are meant, and the buttons that end one or all of them. */
export function EndForm({ sessions, others, meant, here, now }: Props) {
  const { state, form, dialog, isPending } = useGuardedAction<EndState>(endSessions, {});
  const isEverybody = !meant.user && !meant.address && !meant.before;

  return (
    <>
      <Form {...form} state={state} continueAt="note">
        {Object.entries(meant).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        {state.done && <Notice kind="done">{state.done}</Notice>}
        {sessions.length > 0 && <NoteField value={state.note} error={state.errors?.note} />}
        {others.count > 0 && (
          <div className="flex flex-col gap-3 sm:flex-row sm:items-center">
            <Button type="submit" name="act" value="all" kind="danger" disabled={isPending}>
              {isPending ? "Signing out …" : `Sign out all ${others.words}`}
            </Button>
            <p className="text-sm text-muted">
              {isEverybody
                ? "That is everybody, in every browser but this one."
                : "All that are listed, but for this browser."}
            </p>
          </div>
        )}
        <SessionLines sessions={sessions} here={here} now={now} isPending={isPending} />
      </Form>
      {dialog}
    </>
  );
}
