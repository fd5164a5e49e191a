"use client";

import type { ReactNode } from "react";
import ProviderOfLanguage from "@/lib/i18n/compiled/browser/private";
import { useWords } from "@/lib/i18n/react";

/** Gives the components of private pages their words. */
export function PrivateWords({ children }: { children: ReactNode }) {
  const { locale, ...given } = useWords();
  // Pseudo-languages have all words already.
  if (locale === "en-XA" || locale === "ar-XB") return children;
  return (
    <ProviderOfLanguage {...given} locale={locale}>
      {children}
    </ProviderOfLanguage>
  );
}
