import ProviderOfLanguage from "@/lib/i18n/compiled/browser";
import { CATALOGUES } from "@/lib/i18n/compiled/catalogues";
import { type GivenWords, WordsProvider } from "@/lib/i18n/react";

/** Gives a page the words of its language. Pseudo-languages, which only tests ask for, are sent with the page itself. */
export function PageWords(given: GivenWords) {
  if (given.locale === "en-XA" || given.locale === "ar-XB")
    return <WordsProvider {...given} messages={CATALOGUES[given.locale]} />;
  return <ProviderOfLanguage {...given} locale={given.locale} />;
}
