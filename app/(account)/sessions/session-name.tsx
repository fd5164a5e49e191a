"use client";

import { Pencil } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useGuardedAction } from "@/app/(account)/session-guard/guarded-form";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/form/field";
import type { FormState } from "@/app/ui/form/form-state";
import { isComposing } from "@/app/ui/form/keys";
import { Notice } from "@/app/ui/form/notice";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { Isolated } from "@/app/ui/isolated";
import { Progress } from "@/app/ui/link/progress";
import { useWords } from "@/lib/i18n/react";
import { isolated } from "@/lib/text/isolated";
import { rename } from "./actions";

type Props = {
  handle: string;
  /** The name that its owner gave it. */
  name: string | null;
  /** The browser's name, shown if the session has no name. */
  browser: string;
  /** The name on this page, where it is unique. */
  title: string;
};

/** Shows a session's name, and lets the user change it. */
export function SessionName({ handle, name, browser, title }: Props) {
  const [isEditing, setIsEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const { t } = useWords();
  const tell = useToldAnswer();
  const { state, sending } = useGuardedAction<FormState>(rename, {}, (answer) => {
    tell(answer);
    if (answer.done) setIsEditing(false);
  });

  // In an effect, because the pencil must be visible by then. In a busy browser, the next frame can be too early.
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && !isEditing) pencil.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);

  const fields = { handle, name, browser, isPending: sending.isPending };
  return (
    <>
      <div hidden={isEditing} className={isEditing ? "" : "flex items-center gap-1"}>
        <h2 className="min-w-0 font-semibold wrap-anywhere">
          <Isolated>{title}</Isolated>
        </h2>
        <button
          ref={pencil}
          type="button"
          onClick={() => setIsEditing(true)}
          aria-label={t("sessions.rename", { name: isolated(title) })}
          className="needs-script inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted hover:text-ink"
        >
          <Pencil className="size-3.5" aria-hidden="true" />
        </button>
      </div>
      {isEditing && (
        <form
          {...sending.form}
          className="flex flex-wrap gap-2"
          onKeyDown={(event) => {
            // A key that ends an IME composition does nothing else.
            if (isComposing(event.nativeEvent)) {
              if (event.key === "Enter") event.preventDefault();
            } else if (event.key === "Escape") setIsEditing(false);
          }}
        >
          <NameFields {...fields} autoFocus />
          {sending.isPending && <Progress />}
        </form>
      )}
      <noscript>
        {state.done && <Notice kind="done">{state.done}</Notice>}
        {state.errors?.form && <Notice kind="problem">{state.errors.form}</Notice>}
        <details className="my-2 text-sm">
          <summary className="cursor-pointer text-muted">{t("sessions.nameThis")}</summary>
          <form {...sending.form} className="mt-2 flex flex-wrap gap-2">
            <NameFields {...fields} />
          </form>
        </details>
      </noscript>
    </>
  );
}

type FieldsProps = { handle: string; name: string | null; browser: string; isPending: boolean; autoFocus?: boolean };

function NameFields({ handle, name, browser, isPending, autoFocus }: FieldsProps) {
  const { t } = useWords();
  return (
    <>
      <input type="hidden" name="handle" value={handle} />
      <input
        name="name"
        aria-label={t("sessions.name")}
        autoComplete="off"
        placeholder={browser}
        defaultValue={name ?? ""}
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
        autoFocus={autoFocus}
        className={`${INPUT} max-w-72`}
      />
      <Button type="submit" kind="secondary" disabled={isPending}>
        {t("sessions.save")}
      </Button>
    </>
  );
}
