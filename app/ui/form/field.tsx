"use client";

import { CircleAlert } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useSending } from "./form";

export const INPUT =
  "block min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base text-ink aria-invalid:border-danger sm:min-h-10 sm:text-sm";

export type FieldProps = {
  label: ReactNode;
  name: string;
  /** Where a page has several fields of one name. */
  id?: string | undefined;
  error?: string | undefined;
  /** What there is to know before typing. */
  hint?: ReactNode;
};

/** A label, what it labels, and what is wrong with it, tied together for who cannot see them together. */
export function Field({ label, name, id = name, error, hint, children }: FieldProps & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <div id={`${id}-hint`} className="mt-1.5 text-sm text-muted">
          {hint}
        </div>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 flex items-center gap-1.5 text-sm text-danger">
          <CircleAlert className="size-4 shrink-0" aria-hidden="true" />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}

/** What is wrong with a field, until it is edited: of what is typed then, nobody has said anything yet. */
export function useError(name: string, error: string | undefined): string | undefined {
  return useSending().edited.has(name) ? undefined : error;
}

/** What ties an input to its Field. */
export function fieldAttributes({ name, id = name, error, hint }: Omit<FieldProps, "label">) {
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return { id, name, "aria-invalid": !!error, "aria-describedby": described || undefined };
}

/** A field of one line of text. */
export function TextField({ label, name, id, error: told, hint, ...props }: FieldProps & ComponentProps<"input">) {
  const error = useError(name, told);

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <input className={INPUT} {...fieldAttributes({ name, id, error, hint })} {...props} />
    </Field>
  );
}

/**
 * A field for several lines of text, for a rule made by `lines`. A limit belongs into the rule and not
 * here: a browser cuts off what it counts otherwise than a person does, and says nothing.
 * @public Applications that are built on this one have such fields.
 */
export function TextArea({ label, name, id, error: told, hint, ...props }: FieldProps & ComponentProps<"textarea">) {
  const error = useError(name, told);

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <textarea rows={5} className={`${INPUT} py-2`} {...fieldAttributes({ name, id, error, hint })} {...props} />
    </Field>
  );
}

/** A field for what only a person can have typed: no browser and no password manager fills it in. */
export function TypedField(props: FieldProps & ComponentProps<"input">) {
  return (
    <TextField
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      required
      data-1p-ignore
      data-lpignore="true"
      data-bwignore
      data-form-type="other"
      {...props}
    />
  );
}

/** A field for an email address, spelled as it is typed. */
export function EmailField(props: FieldProps & ComponentProps<"input">) {
  return (
    <TextField type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} required {...props} />
  );
}
