import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contrast } from "@/lib/text/contrast";

test("initials have enough contrast on every ground of an avatar, in both themes", () => {
  const css = readFileSync("app/globals.css", "utf8");
  const coloursOf = (name: string) =>
    [...css.matchAll(new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\);`, "g"))].map(
      ([, light = "", dark = ""]) => ({ light, dark }),
    );
  const [[ink], grounds] = [coloursOf("ink"), coloursOf("avatar-\\d")];

  expect(grounds).toHaveLength(8);
  for (const theme of ["light", "dark"] as const)
    for (const ground of grounds) expect(contrast(ink?.[theme] ?? "", ground[theme])).toBeGreaterThan(4.5);
});
