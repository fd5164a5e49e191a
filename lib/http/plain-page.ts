import { createHash } from "node:crypto";
import { env } from "@/lib/env";
import type { Words } from "@/lib/i18n/words";
import { currentTheme } from "@/lib/request-context";
import { escaped } from "@/lib/text/escaped";

const STYLE = `
:root { color-scheme: light dark }
:root[data-theme=light] { color-scheme: light }
:root[data-theme=dark] { color-scheme: dark }
body { margin: 0; min-height: 100dvh; display: grid; place-content: center; padding: 1.25rem; box-sizing: border-box;
  font: 0.9375rem/1.6 ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; background: light-dark(#fafaf9, #131211);
  color: light-dark(#1c1a17, #f1efeb) }
main { max-width: 25rem }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .75rem }
p { color: light-dark(#5f5a52, #aca69b); margin: 0 0 .75rem }
a { color: inherit }
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

type Content = {
  title: string;
  /** The paragraphs, as HTML. */
  text: string[];
  /** Seconds after which the browser reloads the page. */
  retry?: number;
};

/**
 * A page that needs neither the application, nor its files, nor JavaScript, for when those fail. It has
 * the theme of the current request's reader.
 */
export function plainPage({ locale, dir }: Words, { title, text, retry }: Content): string {
  return `<!doctype html>
<html lang="${locale}" dir="${dir}" data-theme="${currentTheme()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${retry ? `<meta http-equiv="refresh" content="${retry}">` : ""}
<title>${escaped(`${title} · ${env().PRODUCT_NAME}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${text.map((paragraph) => `<p>${paragraph}</p>`).join("\n")}
</main>
</body>
</html>
`;
}

// The pages composed so far. During an outage every request needs one, so they are composed once.
const outagePages = new Map<string, string>();

/**
 * Replaces every page during an outage. As the response to a form it does not reload by itself,
 * because that would lose what the user typed.
 */
export function outagePage(words: Words, to: "view" | "form"): string {
  const key = `${words.locale} ${to} ${currentTheme()}`;
  const known = outagePages.get(key);
  if (known) return known;

  const { t } = words;
  const next = to === "view" ? t("error.retrying") : t("plain.reload");
  const text = [t("error.outageText"), next].map(escaped);
  const page = plainPage(words, { title: t("error.outage"), text, ...(to === "view" && { retry: 5 }) });
  outagePages.set(key, page);
  return page;
}

/** Encodes a page as the value of a header, for proxies that discard the body of our response. */
export function asHeader(page: string): string {
  return page.replaceAll("\n", " ").replace(/[^ -~]/gu, (letter) => `&#${letter.codePointAt(0)};`);
}
