"use client";

import type { ReactNode } from "react";
import { Button } from "@/app/ui/button";
import type { FormState } from "@/app/ui/form/form-state";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { usePrivateWords } from "@/lib/i18n/react";

/** The two ways in which a form in a dialog ends. */
type End = {
  onDone: (answer: FormState<string>) => void;
  /** The button to cancel. */
  children: ReactNode;
};

/** Returns the props for a form in a dialog: both ways to end close the dialog, and a toast says what was done. */
export function useDialogEnd(close: () => void): End {
  const tell = useToldAnswer();
  const { t } = usePrivateWords();

  return {
    onDone(answer) {
      close();
      tell(answer);
    },
    children: (
      <Button type="button" kind="secondary" onClick={close}>
        {t("admin.cancel")}
      </Button>
    ),
  };
}
