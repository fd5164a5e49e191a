"use client";

import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { EmailField, Field, fieldAttributes, INPUT, TextField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { NoteField } from "../../note-field";
import { createUser, type NewUserState } from "./actions";

/** The form for a new account. It has no password field: only the owner ever knows the password. */
export function NewUserForm() {
  const { state, sending, dialog } = useGuardedAction<NewUserState>(createUser, {});
  const { typed, errors } = state;

  return (
    <>
      <Form {...sending} continueAt="email">
        <EmailField label="Email" name="email" autoComplete="off" defaultValue={typed?.email} error={errors?.email} />
        <TextField
          label="Name"
          name="name"
          autoComplete="off"
          required
          defaultValue={typed?.name}
          error={errors?.name}
        />
        <Field label="Role" name="role" error={errors?.role}>
          <select
            defaultValue={typed?.role ?? "user"}
            className={INPUT}
            {...fieldAttributes({ name: "role", error: errors?.role })}
          >
            <option value="user">User</option>
            <option value="admin">Administrator</option>
          </select>
        </Field>
        <NoteField value={typed?.note} error={errors?.note} />
        <p className="text-sm text-muted">
          A mail with a link goes to this address, by which its owner chooses a password. The link works for 3 days.
        </p>
        <SubmitButton working="Making it …" className="self-start">
          Make the account
        </SubmitButton>
      </Form>
      {dialog}
    </>
  );
}
