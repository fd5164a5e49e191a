"use client";

import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { EmailField, Field, fieldAttributes, TextField } from "@/app/ui/form/field";
import { Form } from "@/app/ui/form/form";
import { INPUT } from "@/app/ui/form/input-look";
import { SubmitButton } from "@/app/ui/form/submit-button";
import { usePrivateWords } from "@/lib/i18n/react";
import { NoteField } from "../../note-field";
import { createUser, type NewUserState } from "./actions";

/** The form for a new account. It has no password field: only the owner ever knows the password. */
export function NewUserForm() {
  const { t } = usePrivateWords();
  const { state, sending, dialog } = useGuardedAction<NewUserState>(createUser, {});
  const { typed, errors } = state;

  return (
    <>
      <Form {...sending} continueAt="email">
        <EmailField
          label={t("admin.email")}
          name="email"
          autoComplete="off"
          defaultValue={typed?.email}
          error={errors?.email}
        />
        <TextField
          label={t("admin.name")}
          name="name"
          autoComplete="off"
          required
          defaultValue={typed?.name}
          error={errors?.name}
        />
        <Field label={t("admin.role")} name="role" error={errors?.role}>
          <select
            defaultValue={typed?.role ?? "user"}
            className={INPUT}
            {...fieldAttributes({ name: "role", error: errors?.role })}
          >
            <option value="user">{t("admin.user")}</option>
            <option value="admin">{t("admin.administrator")}</option>
          </select>
        </Field>
        <NoteField value={typed?.note} error={errors?.note} />
        <p className="text-sm text-muted">{t("admin.inviteHint")}</p>
        <SubmitButton working={t("admin.making")} className="self-start">
          {t("admin.make")}
        </SubmitButton>
      </Form>
      {dialog}
    </>
  );
}
