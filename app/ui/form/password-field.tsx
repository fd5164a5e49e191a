"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { useWords } from "@/lib/i18n/react";
import { Field, type FieldProps, fieldAttributes, useError } from "./field";
import { INPUT } from "./input-look";

/** A password field that can show what is typed (NIST SP 800-63B-4 §3.1.1.2). */
export function PasswordField({
  label,
  name,
  id = name,
  error: told,
  hint,
  ...props
}: FieldProps & ComponentProps<"input">) {
  const { t } = useWords();
  const error = useError(name, told);
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;

  return (
    <Field label={label} name={name} id={id} error={error} hint={hint}>
      <div className="relative">
        <input
          type={shown ? "text" : "password"}
          className={`${INPUT} pr-11`}
          spellCheck={false}
          autoCapitalize="none"
          {...fieldAttributes({ name, id, error, hint })}
          {...props}
        />
        {/* The `scripting` rule in globals.css hides this button without JavaScript. */}
        <button
          type="button"
          onClick={() => setShown(!shown)}
          aria-label={t(shown ? "ui.hidePassword" : "ui.showPassword")}
          aria-controls={id}
          className="needs-script absolute inset-y-0 right-0 flex w-11 items-center justify-center rounded-lg text-muted hover:text-ink"
        >
          <Icon className="size-4.5" aria-hidden="true" />
        </button>
      </div>
    </Field>
  );
}
