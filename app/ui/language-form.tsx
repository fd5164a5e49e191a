"use client";

import { LOCALES, NAMES } from "@/lib/i18n/compiled/locales";
import { useWords } from "@/lib/i18n/react";
import { ChoiceForm } from "./choice-form";

type Props = {
  /** Whether the form shows the account's setting. It then also offers to follow the browser's language. */
  isOfAccount?: boolean;
  /** Whether the user has chosen a language for the account. */
  hasChosen?: boolean;
};

/** A button for each language, with its name in that language. */
export function LanguageForm({ isOfAccount, hasChosen = !isOfAccount }: Props) {
  const { locale, t } = useWords();
  // The account page has two of these forms, so their accessible names differ.
  const label = t(isOfAccount ? "ui.languageOfAccount" : "ui.language");
  const languages = LOCALES.map((each) => ({
    value: each,
    text: NAMES[each],
    lang: each,
    isChosen: each === locale && hasChosen,
  }));
  const ofBrowser = { value: "", text: t("ui.languageOfBrowser"), isChosen: !hasChosen };
  const choices = isOfAccount ? [...languages, ofBrowser] : languages;

  return <ChoiceForm action="/language" label={label} name="locale" choices={choices} />;
}
