"use client";

import { CircleAlert } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useSending } from "./form";
import { INPUT } from "./input-look";

export type FieldProps = {
  label: ReactNode;
  name: string;
  /** Needed if the page has several fields of this name. */
  id?: string | undefined;
  error?: string | undefined;
  /** Help to show below the field. */
  hint?: ReactNode;
};

/** A field with its label, hint and error, associated for assistive technology. */
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
        <p id={`${id}-error`} className="mt-1.5 flex items-start gap-1.5 text-sm text-danger">
          <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}

/** A field's error, until the user edits the field: the new value has not been checked yet. */
export function useError(name: string, error: string | undefined): string | undefined {
  return useSending().edited.has(name) ? undefined : error;
}

/** The attributes that associate an input with its Field. */
export function fieldAttributes({ name, id = name, error, hint }: Omit<FieldProps, "label">) {
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return { id, name, "aria-invalid": !!error, "aria-describedby": described || undefined };
}

/** A field for one line of text. */
export function TextField({ label, name, id, error: told, hint, ...props }: FieldProps & ComponentProps<"input">) {
  const error = useError(name, told);

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <input className={INPUT} {...fieldAttributes({ name, id, error, hint })} {...props} />
    </Field>
  );
}

/**
 * A field for several lines of text, for a rule made by `lines`. Put a limit into the rule, not here:
 * with `maxLength` a browser cuts text off silently, and counts characters differently from people.
 * @public For applications that are built on this one.
 */
export function TextArea({ label, name, id, error: told, hint, ...props }: FieldProps & ComponentProps<"textarea">) {
  const error = useError(name, told);

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <textarea rows={5} className={`${INPUT} py-2`} {...fieldAttributes({ name, id, error, hint })} {...props} />
    </Field>
  );
}

/** A field to select one of several values. Its children are the options. */
export function SelectField({ label, name, id, error: told, hint, ...props }: FieldProps & ComponentProps<"select">) {
  const error = useError(name, told);

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <select className={INPUT} {...fieldAttributes({ name, id, error, hint })} {...props} />
    </Field>
  );
}

/** A field that only a person can fill in: browsers and password managers leave it empty. */
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

/** A field for an email address, without automatic corrections. */
export function EmailField(props: FieldProps & ComponentProps<"input">) {
  return (
    <TextField type="email" autoComplete="username" autoCapitalize="none" spellCheck={false} required {...props} />
  );
}
