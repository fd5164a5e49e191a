import { CircleAlert } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";

export const INPUT =
  "block min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base text-ink aria-invalid:border-danger sm:min-h-10 sm:text-sm";

type FieldProps = {
  label: string;
  name: string;
  error?: string | undefined;
};

/** A label, what it labels, and what is wrong with it, tied together for who cannot see them together. */
export function Field({ label, name, error, children }: FieldProps & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={name} className="mb-1.5 block text-sm font-medium">
        {label}
      </label>
      {children}
      {error && (
        <p id={`${name}-error`} className="mt-1.5 flex items-center gap-1.5 text-sm text-danger">
          <CircleAlert className="size-4 shrink-0" aria-hidden="true" />
          {error}
        </p>
      )}
    </div>
  );
}

/** What ties an input to its Field. */
export function fieldAttributes({ name, error }: Omit<FieldProps, "label">) {
  return { id: name, name, "aria-invalid": !!error, "aria-describedby": error ? `${name}-error` : undefined };
}

/** A field of one line of text. */
export function TextField({ label, name, error, ...props }: FieldProps & ComponentProps<"input">) {
  return (
    <Field label={label} name={name} error={error}>
      <input className={INPUT} {...fieldAttributes({ name, error })} {...props} />
    </Field>
  );
}
