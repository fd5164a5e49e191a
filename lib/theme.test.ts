import { expect, test } from "vitest";
import { themeOf } from "./theme";
import { readerOf, themeCookie } from "./words";

test("a theme is light or dark only if the text names it exactly, and otherwise that of the system", () => {
  for (const theme of ["light", "dark", "system"]) expect(themeOf(theme)).toBe(theme);
  for (const other of ["Dark", "dark ", "darker", "", "constructor", null, undefined])
    expect(themeOf(other)).toBe("system");
});

test("a request's theme is in its cookie, and an unknown one counts as that of the system", () => {
  const themeIn = (cookie?: string) => readerOf({ cookie }).theme;
  expect(themeIn("a=1; latchkey-theme=dark; b=2")).toBe("dark");
  expect(themeIn("latchkey-theme=light")).toBe("light");
  for (const cookie of [undefined, "", "latchkey-theme=", "latchkey-theme=%22", "latchkey-theme=%E0%A4", "theme=dark"])
    expect(themeIn(cookie), cookie).toBe("system");
});

test("the cookie keeps a chosen theme for a year, and following the system removes it", () => {
  expect(themeCookie("dark")).toMatch(/^latchkey-theme=dark; Path=\/; Max-Age=31536000; SameSite=Lax/);
  expect(themeCookie("system")).toMatch(/^latchkey-theme=; Path=\/; Max-Age=0; SameSite=Lax/);
});
