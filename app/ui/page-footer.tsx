"use client";

import { useWords } from "@/lib/i18n/react";
import { Isolated } from "./isolated";
import { LanguageForm } from "./language-form";
import { ThemeForm } from "./theme-form";

type Props = {
  /** The version of the product. Only for users who are logged in: to others it names the known faults to try. */
  version?: string | undefined;
  className?: string;
};

/** The end of a page: the choices of language and theme, and the version. */
export function PageFooter({ version, className = "" }: Props) {
  const { rich } = useWords();

  return (
    <footer className={`flex flex-wrap items-center gap-x-8 print:hidden ${className}`}>
      <LanguageForm />
      <ThemeForm />
      {version && (
        <p className="text-sm text-muted">{rich("ui.version", { number: () => <Isolated>{version}</Isolated> })}</p>
      )}
    </footer>
  );
}
