"use client";

import { TextField } from "@/app/ui/form/field";

type Props = { value: string | undefined; error: string | undefined };

/** The field for the reason, which administrators must give for every action on another account. */
export function NoteField({ value, error }: Props) {
  return (
    <TextField
      label="Why"
      name="note"
      data-first
      autoComplete="off"
      required
      defaultValue={value}
      error={error}
      hint="Written into the ledger with your name. The person whose account it is can read it."
    />
  );
}
