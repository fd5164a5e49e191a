"use client";

import { createContext, type ReactNode, useContext } from "react";
import { useWords } from "@/lib/i18n/react";
import { THEMES, type Theme } from "@/lib/theme";
import { ChoiceForm } from "./choice-form";

const ThemeContext = createContext<Theme>("system");

/** Tells the components of a page which theme its reader has chosen. */
export function PageTheme({ theme, children }: { theme: Theme; children: ReactNode }) {
  return <ThemeContext value={theme}>{children}</ThemeContext>;
}

/** A button for each theme. A page with two of these forms gives one another name. */
export function ThemeForm({ label }: { label?: string }) {
  const chosen = useContext(ThemeContext);
  const { t } = useWords();
  const texts = { light: t("ui.themeLight"), dark: t("ui.themeDark"), system: t("ui.themeSystem") };
  const choices = THEMES.map((theme) => ({ value: theme, text: texts[theme], isChosen: theme === chosen }));

  return <ChoiceForm action="/theme" label={label ?? t("ui.theme")} name="theme" choices={choices} />;
}
