const OWN = ["at", "what", "by", "note", "browser", "system", "address", "event"] as const;

/** The columns of a person's own activity, and of everybody's. */
export const COLUMNS = { own: OWN, full: ["at", "user", "what", "byUser", ...OWN.slice(2)] as const };

type Row<Column extends string> = Record<Column, string | null>;

/** The first line of the file, which names the columns. */
export function header(columns: readonly string[]): string {
  return row([...columns]);
}

/** Entries as lines of CSV (RFC 4180). */
export function toCsv<Column extends string>(entries: Row<Column>[], columns: readonly Column[]): string {
  return entries.map((entry) => row(columns.map((name) => entry[name] ?? ""))).join("");
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
