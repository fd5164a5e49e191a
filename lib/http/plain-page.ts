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

/** The headers of a plain page. */
export const PLAIN_PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  "Cache-Control": "no-store, no-transform",
};

/** The headers of an error response to software (RFC 9457). */
export const PROBLEM_HEADERS = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };

/**
 * A page that needs neither the application, nor its files, nor JavaScript, for when those fail.
 * The browser reloads it after `retry` seconds. `text` is HTML.
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

/** Replaces every page during an outage. */
export const OUTAGE_PAGE = plainPage({
  title: "One moment, please",
  text: [OUTAGE, "This page tries again by itself."],
  retry: 5,
});

/**
 * The response to a form during an outage. It does not reload by itself, because that would lose
 * what the user typed.
 */
export const OUTAGE_PAGE_OF_FORM = plainPage({
  title: "One moment, please",
  text: [OUTAGE, "Reload this page in a moment: what you typed is then sent again."],
});

/** Encodes a page as the value of a header, for proxies that discard the body of our response. */
export function asHeader(page: string): string {
  return page.replaceAll("\n", " ").replace(/[^ -~]/gu, (letter) => `&#${letter.codePointAt(0)};`);
}
