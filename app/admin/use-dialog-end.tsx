"use client";

import type { ReactNode } from "react";
import { Button } from "@/app/ui/button";
import { useToast } from "@/app/ui/toast";
import { useWords } from "@/lib/i18n/react";

/** The two ways in which a form in a dialog ends. */
type End = {
  onDone: (done: string) => void;
  /** The button to cancel. */
  children: ReactNode;
};

/** Returns the props for a form in a dialog: both ways to end close the dialog, and a toast says what was done. */
export function useDialogEnd(close: () => void): End {
  const toast = useToast();
  const { t } = useWords();

  return {
    onDone(done) {
      close();
      toast({ kind: "done", text: done });
    },
    children: (
      <Button type="button" kind="secondary" onClick={close}>
        {t("admin.cancel")}
      </Button>
    ),
  };
}
