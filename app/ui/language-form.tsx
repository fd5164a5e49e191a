"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { LOCALES } from "@/lib/i18n/compiled/locales";
import { useWords } from "@/lib/i18n/react";

/** A choice of languages, each by its own name. Works without JavaScript. */
export function LanguageForm() {
  const { locale, t } = useWords();
  const [path, query] = [usePathname(), useSearchParams().toString()];

  return (
    <form
      method="post"
      action="/language"
      aria-label={t("ui.language")}
      className="flex flex-wrap gap-x-4 print:hidden"
    >
      <input type="hidden" name="back" value={query ? `${path}?${query}` : path} />
      {LOCALES.map((each) => (
        <button
          key={each}
          type="submit"
          name="locale"
          value={each}
          lang={each}
          aria-current={each === locale ? "true" : undefined}
          className="min-h-11 text-sm text-muted hover:text-ink aria-[current]:font-medium aria-[current]:text-ink sm:min-h-8"
        >
          {nameOf(each)}
        </button>
      ))}
    </form>
  );
}

/** The name of a language in that language: "English", "한국어". */
function nameOf(locale: string): string {
  return new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
}
