"use client";

import type { ReactNode } from "react";
import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { TypedField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { usePrivateWords } from "@/lib/i18n/react";
import { NoteField } from "../../note-field";
import { type DisableState, disableSelected } from "./actions";

type Props = {
  userIds: string[];
  onDone?: (answer: DisableState) => void;
  /** A button or link to cancel. */
  children: ReactNode;
};

/** Asks for the reason and, for several accounts, for their number; then disables the accounts. */
export function DisableForm({ userIds, onDone, children }: Props) {
  const { t, rich, number } = usePrivateWords();
  const { state, sending, dialog } = useGuardedAction<DisableState>(disableSelected, {}, (answer) => {
    if (answer.done) onDone?.(answer);
  });

  return (
    <>
      <Form {...sending} continueAt="note" isDestructive>
        {userIds.map((id) => (
          <input key={id} type="hidden" name="users" value={id} />
        ))}
        <NoteField value={state.note} error={state.errors?.note} />
        {userIds.length > 1 && (
          <TypedField
            label={rich("admin.typeNumber", { number: () => <strong translate="no">{number(userIds.length)}</strong> })}
            name="number"
            inputMode="numeric"
            error={state.errors?.number}
          />
        )}
        <div className="flex flex-col gap-3 sm:flex-row-reverse">
          <SubmitButton kind="danger" working={t("admin.acting")}>
            {t("admin.act-disable")}
          </SubmitButton>
          {children}
        </div>
      </Form>
      {dialog}
    </>
  );
}
