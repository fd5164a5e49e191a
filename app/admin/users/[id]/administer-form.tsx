"use client";

import type { ReactNode } from "react";
import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { Form } from "@/app/ui/form/form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { usePrivateWords } from "@/lib/i18n/react";
import { NoteField } from "../../note-field";
import { type AdministerState, administer } from "./actions";
import { type Act, isDanger } from "./acts";

type Props = {
  userId: string;
  act: Act;
  onDone?: (answer: AdministerState) => void;
  /** A button or link to cancel. */
  children: ReactNode;
};

/** Asks for the reason, then runs an administrator's action on an account. */
export function AdministerForm({ userId, act, onDone, children }: Props) {
  const { t } = usePrivateWords();
  const { state, sending, dialog } = useGuardedAction<AdministerState>(administer, {}, (answer) => {
    if (answer.done) onDone?.(answer);
  });

  return (
    <>
      <Form {...sending} continueAt="note" isDestructive>
        <input type="hidden" name="id" value={userId} />
        <input type="hidden" name="act" value={act} />
        <NoteField value={state.note} error={state.errors?.note} />
        <div className="flex flex-col gap-3 sm:flex-row-reverse">
          <SubmitButton kind={isDanger(act) ? "danger" : "primary"} working={t("admin.acting")}>
            {t(`admin.act-${act}`)}
          </SubmitButton>
          {children}
        </div>
      </Form>
      {dialog}
    </>
  );
}
