"use client";

import { useToast } from "@/app/ui/toast";
import { useWords } from "@/lib/i18n/react";
import type { FormState } from "./form-state";
import { inWords } from "./try-later-notice";

/**
 * Returns a function that shows an action's result as a toast, for actions without a visible form. `undo` takes a
 * success back.
 */
export function useToldAnswer(): (answer: FormState<string> | undefined, undo?: () => void) => void {
  const toast = useToast();
  const words = useWords();
  return (answer, undo) => {
    // An action that redirects returns nothing.
    const { done, errors, tryLater } = answer ?? {};
    if (done) toast({ kind: "done", text: done, undo });
    if (errors?.form) toast({ kind: "problem", text: errors.form });
    if (tryLater) toast({ kind: "problem", text: inWords(tryLater, words) });
  };
}
