"use client";

import { useRef } from "react";
import { useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/form/input-look";
import { isComposing } from "@/app/ui/form/keys";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { useFocusBack } from "@/app/ui/form/use-focus-back";
import { Progress } from "@/app/ui/link/progress";
import { usePrivateWords } from "@/lib/i18n/react";
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
  plainAction: (form: FormData) => void;
};

/** A form that names a session. The toast about the new name offers to undo it. */
export function SessionName({ handle, name, browser, title, plainAction }: Props) {
  const { t } = usePrivateWords();
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const tell = useToldAnswer();
  const { onSubmit, isPending } = useGuardedSubmit(
    (sent) => rename({}, sent),
    (answer) =>
      tell(answer, () => {
        if (!field.current) return;
        field.current.value = name ?? "";
        // The pressed button disappears.
        field.current.focus();
        form.current?.requestSubmit();
      }),
  );
  const button = useFocusBack(isPending);
  const named = { name: isolated(title) };

  return (
    <form
      ref={form}
      action={plainAction}
      onSubmit={onSubmit}
      className="flex min-w-0 flex-1 basis-56 gap-2"
      onKeyDown={(event) => {
        // An Enter that ends an IME composition must not send the form.
        if (event.key === "Enter" && isComposing(event.nativeEvent)) event.preventDefault();
      }}
    >
      <input type="hidden" name="act" value="rename" />
      <input type="hidden" name="handle" value={handle} />
      <input
        ref={field}
        name="name"
        aria-label={t("sessions.name", named)}
        autoComplete="off"
        placeholder={browser}
        defaultValue={name ?? ""}
        className={`${INPUT} min-w-0 max-w-72`}
      />
      <Button ref={button} type="submit" kind="secondary" disabled={isPending} aria-label={t("sessions.rename", named)}>
        {t("sessions.save")}
      </Button>
      {isPending && <Progress />}
    </form>
  );
}
