"use client";

import { useToast } from "@/app/ui/toast";
import { useWords } from "@/lib/i18n/react";
import type { FormState } from "./form-state";
import { inWords } from "./try-later-notice";

/** Tells in passing what came of an act that no form shows. */
export function useToldAnswer(): (answer: FormState<string> | undefined) => void {
  const toast = useToast();
  const words = useWords();
  return (answer) => {
    // Nothing comes back of an act that leads elsewhere.
    const { done, errors, tryLater } = answer ?? {};
    if (done) toast({ kind: "done", text: done });
    if (errors?.form) toast({ kind: "problem", text: errors.form });
    if (tryLater) toast({ kind: "problem", text: inWords(tryLater, words) });
  };
}
