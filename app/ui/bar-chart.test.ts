/** @module-tag time */
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { BarChart } from "./bar-chart";

/** The texts of a chart of two days, for a reader with this language and time zone. */
function textsOf(reader: Pick<RequestContext, "locale" | "timeZone">): string[] {
  const days = ["2026-11-28", "2026-11-29"];
  const chart = createElement(BarChart, { days, series: [{ name: "live", colour: "good", counts: [1, 2] }] });
  const page = withRequestContext(reader as RequestContext, () => renderToStaticMarkup(chart));
  return page.split(/<[^>]*>/).filter(Boolean);
}

test.each(["America/New_York", "Pacific/Kiritimati", null])(
  "a chart shows the same days to readers in every time zone: %s",
  (timeZone) => {
    const texts = textsOf({ locale: "en", timeZone });
    expect(texts.filter((text) => text.endsWith("2026"))).toEqual(["29 Nov 2026", "28 Nov 2026"]);
    expect(texts).toContain("29 Nov");
  },
);

test.each([
  ["en", "America/New_York", "last 30 days"],
  ["en", "UTC", "last 30 days"],
  ["en", null, "last 30 days (UTC)"],
  ["ko", "Asia/Seoul", "최근 30일"],
  ["ko", null, "최근 30일(UTC)"],
] as const)("a chart in the language %s for the time zone %s has the title: %s", (locale, timeZone, span) => {
  expect(textsOf({ locale, timeZone })).toContain(span);
});
