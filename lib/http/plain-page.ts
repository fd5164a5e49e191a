import { createHash } from "node:crypto";

const STYLE = `
:root { color-scheme: light dark }
body { margin: 0; min-height: 100dvh; display: grid; place-content: center; padding: 1.25rem; box-sizing: border-box;
  font: 0.9375rem/1.6 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; background: #fafaf9; color: #1c1a17 }
main { max-width: 25rem }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .75rem }
p { color: #5f5a52; margin: 0 0 .75rem }
a { color: inherit }
@media (prefers-color-scheme: dark) { body { background: #131211; color: #f1efeb } p { color: #aca69b } }
`.replaceAll("\n", " ");

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Headers that go with a plain page. */
export const PLAIN_PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  "Cache-Control": "no-store, no-transform",
};

/** Headers that go with an answer for software (RFC 9457). */
export const PROBLEM_HEADERS = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };

/**
 * A page that depends on nothing: neither the application, nor its files, nor
 * JavaScript. For what the server has to say when the rest cannot. `retry` is
 * in seconds: after that long the browser asks again by itself. `text` is HTML.
 */
export function plainPage({ title, text, retry }: { title: string; text: string[]; retry?: number }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${retry ? `<meta http-equiv="refresh" content="${retry}">` : ""}
<title>${title} · Latchkey</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${text.map((paragraph) => `<p>${paragraph}</p>`).join("\n")}
</main>
</body>
</html>
`;
}

const OUTAGE =
  "The database does not answer, so nobody can be recognised just now. If you were logged in, you still are.";

/** What is said during an outage, in place of any page. */
export const OUTAGE_PAGE = plainPage({
  title: "One moment, please",
  text: [OUTAGE, "This page tries again by itself."],
  retry: 5,
});

/** The same in answer to a form. A page that asks again by itself would ask without what was typed. */
export const OUTAGE_PAGE_OF_FORM = plainPage({
  title: "One moment, please",
  text: [OUTAGE, "Reload this page in a moment: what you typed is then sent again."],
});

/** A page as the value of a header, for proxies that throw away the body of our answer. */
export function asHeader(page: string): string {
  return page.replaceAll("\n", " ").replace(/[^ -~]/gu, (letter) => `&#${letter.codePointAt(0)};`);
}
