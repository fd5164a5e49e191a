import type { Entry } from "./activity";

const COLUMNS = ["at", "what", "by", "browser", "system", "address", "event"] as const;

/** The first line of the file, which names the columns. */
export const HEADER = row([...COLUMNS]);

/** Entries as lines of CSV (RFC 4180). */
export function toCsv(entries: Entry[]): string {
  return entries.map((entry) => row(COLUMNS.map((name) => entry[name] ?? ""))).join("");
}

function row(cells: string[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/**
 * A cell that a spreadsheet shows and does not run: what a browser calls itself
 * may begin like a formula (OWASP: CSV injection).
 */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
