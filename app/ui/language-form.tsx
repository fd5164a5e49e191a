"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { LOCALES } from "@/lib/i18n/compiled/locales";
import { useWords } from "@/lib/i18n/react";

type Props = {
  /** Whether the form shows the account's setting. It then also offers to follow the browser's language. */
  isOfAccount?: boolean;
  /** Whether the user has chosen a language for the account. */
  hasChosen?: boolean;
};

/** A button for each language, with its name in that language. Works without JavaScript. */
export function LanguageForm({ isOfAccount, hasChosen }: Props) {
  const { locale, t } = useWords();
  const [path, query] = [usePathname(), useSearchParams().toString()];
  const look =
    "min-h-11 text-sm text-muted hover:text-ink aria-[current]:font-medium aria-[current]:text-ink sm:min-h-8";
  // The account page has two of these forms, so their accessible names differ.
  const name = t(isOfAccount ? "ui.languageOfAccount" : "ui.language");

  return (
    <form method="post" action="/language" aria-label={name} className="flex flex-wrap gap-x-4 print:hidden">
      <input type="hidden" name="back" value={query ? `${path}?${query}` : path} />
      {LOCALES.map((each) => (
        <button
          key={each}
          type="submit"
          name="locale"
          value={each}
          lang={each}
          aria-current={each === locale && (hasChosen ?? true) ? "true" : undefined}
          className={look}
        >
          {nameOf(each)}
        </button>
      ))}
      {isOfAccount && (
        <button type="submit" name="locale" value="" aria-current={hasChosen ? undefined : "true"} className={look}>
          {t("ui.languageOfBrowser")}
        </button>
      )}
    </form>
  );
}

/** The name of a language in that language: "English", "한국어". */
function nameOf(locale: string): string {
  return new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
}
