/** The colours of pages that readers can choose. "system" follows the browser, and is the default. */
export const THEMES = ["light", "dark", "system"] as const;

export type Theme = (typeof THEMES)[number];

/** The cookie with the chosen theme. It is not secret. With the theme "system" there is none. */
export const THEME_COOKIE = "latchkey-theme";

/** The background colours of pages, as in app/globals.css. */
export const GROUNDS = { light: "#fafaf9", dark: "#131211" };

/** The theme that a text names; "system" if it names none. */
export function themeOf(text: unknown): Theme {
  return THEMES.find((theme) => theme === text) ?? "system";
}
