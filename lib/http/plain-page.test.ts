import { afterEach, expect, test, vi } from "vitest";
import { type RequestContext, withRequestContext } from "@/lib/request-context";
import { wordsIn } from "@/lib/words";
import { rejectionPage, rejectionProblem } from "@/server/request/reject";
import { asHeader, outagePage, plainPage } from "./plain-page";

afterEach(() => vi.unstubAllEnvs());

test("a page is in the reader's language, with lang and dir attributes", () => {
  expect(outagePage(wordsIn("en"), "view")).toMatch(/<html lang="en" dir="ltr" .*<h1>One moment, please<\/h1>/s);
  expect(outagePage(wordsIn("ko"), "view")).toMatch(/<html lang="ko" dir="ltr" .*<h1>잠시만 기다려 주세요<\/h1>/s);
  expect(outagePage(wordsIn("ar-XB"), "view")).toContain('<html lang="ar-XB" dir="rtl"');
});

test("the page of an outage reloads itself, and the response to a form does not", () => {
  for (const words of [wordsIn("en"), wordsIn("ko")]) {
    expect(outagePage(words, "view")).toContain('<meta http-equiv="refresh" content="5">');
    expect(outagePage(words, "form")).not.toContain("refresh");
  }
});

test("a Korean page in a header is plain ASCII, and decodes to the same page", () => {
  const header = asHeader(outagePage(wordsIn("ko"), "form"));
  expect(header).toMatch(/^[ -~]*$/);
  const decoded = header.replace(/&#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)));
  expect(decoded).toContain("<h1>잠시만 기다려 주세요</h1>");
  // nginx gives all headers of a response 8 kB, in the settings that we recommend.
  expect(header.length).toBeLessThan(5000);
});

test("a page has the theme of its reader, and outside a request that of the system", () => {
  const themes = (["light", "dark", "system"] as const).map((theme) =>
    withRequestContext({ theme } as RequestContext, () => outagePage(wordsIn("en"), "view")),
  );
  for (const [at, theme] of ["light", "dark", "system"].entries())
    expect(themes[at]).toMatch(new RegExp(`^<!doctype html>\n<html [^>]*data-theme="${theme}">`));
  expect(outagePage(wordsIn("en"), "view")).toBe(themes[2]);
});

test("a title is escaped", () => {
  expect(plainPage(wordsIn("en"), { title: "<b>", text: [] })).toContain("<h1>&lt;b&gt;</h1>");
});

test("a link is in the place in the sentence where its language puts it", () => {
  expect(rejectionPage(413, wordsIn("en"))).toContain(
    '<p>If you did this yourself, <a href="/">start from the home page</a>.</p>',
  );
  expect(rejectionPage(413, wordsIn("ko"))).toContain(
    '<p>직접 요청했다면 <a href="/">첫 페이지에서 다시 시작</a>해 주세요.</p>',
  );
});

test("a problem document is in English", () => {
  expect(JSON.parse(rejectionProblem(404).body)).toEqual({
    status: 404,
    title: "Page not found",
    detail: "Check the address, or go back to where you came from.",
  });
});
