"use client";

import { Pencil } from "lucide-react";
import { useState } from "react";
import { useGuardedAction } from "@/app/(account)/live/guarded-form";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/field";
import { Isolated } from "@/app/ui/isolated";
import { useToast } from "@/app/ui/toast";
import { isolated } from "@/lib/isolated";
import { rename, type SessionsState } from "./actions";

type Props = { handle: string; name: string | null; browser: string };

/** What a session is called, and a way to call it something else. */
export function SessionName({ handle, name, browser }: Props) {
  const [isEditing, setIsEditing] = useState(false);
  const toast = useToast();
  const { form, isPending } = useGuardedAction<SessionsState>(rename, {}, ({ done, error }) => {
    if (done) setIsEditing(false);
    if (done) toast({ kind: "done", text: done });
    if (error) toast({ kind: "problem", text: error });
  });

  if (!isEditing) {
    return (
      <h2 className="flex items-center gap-1 font-semibold">
        <span className="min-w-0 wrap-anywhere">
          <Isolated>{name ?? browser}</Isolated>
        </span>
        <button
          type="button"
          onClick={() => setIsEditing(true)}
          aria-label={`Name ${isolated(name ?? browser)}`}
          className="needs-script inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-muted hover:text-ink"
        >
          <Pencil className="size-3.5" aria-hidden="true" />
        </button>
      </h2>
    );
  }

  return (
    <form {...form} className="flex flex-wrap gap-2">
      <input type="hidden" name="handle" value={handle} />
      <input
        name="name"
        aria-label="Name of this browser"
        placeholder={browser}
        defaultValue={name ?? ""}
        // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
        autoFocus
        onKeyDown={(event) => event.key === "Escape" && setIsEditing(false)}
        className={`${INPUT} max-w-72`}
      />
      <Button type="submit" kind="secondary" disabled={isPending}>
        Save
      </Button>
    </form>
  );
}
