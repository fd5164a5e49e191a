"use client";

import { useWords } from "@/lib/i18n/react";
import { Button } from "./button";
import { useToast } from "./toast";

/** A button that copies a text, and says so. */
export function CopyButton({ text }: { text: string }) {
  const { t } = useWords();
  const toast = useToast();

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      toast({ kind: "done", text: t("ui.copied") });
    } catch {
      toast({ kind: "problem", text: t("ui.notCopied") });
    }
  }

  return (
    <Button type="button" kind="secondary" className="needs-script" onClick={copy}>
      {t("ui.copy")}
    </Button>
  );
}
