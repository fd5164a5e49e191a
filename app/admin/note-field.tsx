"use client";

import { TextField } from "@/app/ui/form/field";
import { usePrivateWords } from "@/lib/i18n/react";

type Props = { value: string | undefined; error: string | undefined };

/** The field for the reason, which administrators must give for every action on another account. */
export function NoteField({ value, error }: Props) {
  const { t } = usePrivateWords();

  return (
    <TextField
      label={t("admin.why")}
      name="note"
      data-first
      autoComplete="off"
      required
      defaultValue={value}
      error={error}
      hint={t("admin.whyHint")}
    />
  );
}
