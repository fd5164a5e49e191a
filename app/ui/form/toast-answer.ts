"use client";

import { useToast } from "@/app/ui/toast";
import { usePrivateWords } from "@/lib/i18n/react";
import type { FormState } from "./form-state";
import { hearReceipt } from "./receipt";
import { inWords } from "./try-later-notice";

/**
 * Returns a function that shows an action's result as a toast, for actions without a visible form. After success it
 * says `success` in place of the action's own message, if given. `undo` takes a success back.
 */
export function useToldAnswer(success?: string): (answer: FormState<string> | undefined, undo?: () => void) => void {
  const toast = useToast();
  const words = usePrivateWords();
  return (answer, undo) => {
    // An action that redirects returns nothing.
    const { done, receipt, errors, tryLater } = answer ?? {};
    const later = receipt && { meanwhile: words.t("sessions.receipt-awaited"), text: hearReceipt(receipt, words) };
    if (done) toast({ kind: "done", text: success ?? done, undo, later });
    if (errors?.form) toast({ kind: "problem", text: errors.form });
    if (tryLater) toast({ kind: "problem", text: inWords(tryLater, words) });
  };
}
