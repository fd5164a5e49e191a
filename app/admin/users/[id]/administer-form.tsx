"use client";

import { useGuardedAction } from "@/app/(account)/live/guarded-form";
import { SessionLines } from "@/app/admin/session-lines";
import { Button } from "@/app/ui/button";
import { Card } from "@/app/ui/card";
import { Form } from "@/app/ui/form";
import { Notice } from "@/app/ui/notice";
import type { SelectedSession } from "@/lib/session/selection";
import { NoteField } from "../../note-field";
import { type AdministerState, administer } from "./actions";

type Props = {
  user: { id: string; role: "user" | "admin"; isDisabled: boolean };
  sessions: SelectedSession[];
  /** The handle of the session that looks at this. */
  here: string;
  now: string;
};

/** What can be done to an account, all of it with a reason. */
export function AdministerForm({ user, sessions, here, now }: Props) {
  const { state, form, dialog, isPending } = useGuardedAction<AdministerState>(administer, {});

  return (
    <>
      <Form {...form} state={state} continueAt="note">
        <input type="hidden" name="id" value={user.id} />
        <Card title="Act on this account">
          <div className="flex flex-col gap-5">
            {state.done && <Notice kind="done">{state.done}</Notice>}
            {state.error && <Notice kind="problem">{state.error}</Notice>}
            <NoteField value={state.note} error={state.errors?.note} />
            <div className="flex flex-col gap-3 sm:flex-row sm:flex-wrap">
              <Act name="send-reset" isPending={isPending}>
                Send a reset mail
              </Act>
              {user.role === "admin" ? (
                <Act name="demote" isPending={isPending}>
                  Make a user
                </Act>
              ) : (
                <Act name="promote" isPending={isPending}>
                  Make an administrator
                </Act>
              )}
              {sessions.length > 0 && (
                <Act name="end-all" isDanger isPending={isPending}>
                  Sign out everywhere
                </Act>
              )}
              {user.isDisabled ? (
                <Act name="enable" isPending={isPending}>
                  Enable
                </Act>
              ) : (
                <Act name="disable" isDanger isPending={isPending}>
                  Disable
                </Act>
              )}
            </div>
          </div>
        </Card>
        <Card title={sessions.length === 1 ? "1 live session" : `${sessions.length} live sessions`}>
          <SessionLines sessions={sessions} here={here} now={now} isPending={isPending} isOneUsers />
        </Card>
      </Form>
      {dialog}
    </>
  );
}

type ActProps = { name: string; isDanger?: boolean; isPending: boolean; children: string };

function Act({ name, isDanger, isPending, children }: ActProps) {
  return (
    <Button type="submit" name="act" value={name} kind={isDanger ? "danger" : "secondary"} disabled={isPending}>
      {children}
    </Button>
  );
}
