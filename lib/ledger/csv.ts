const OWN = ["at", "what", "by", "note", "browser", "system", "address", "event"] as const;

/** The columns of a user's own activity, and of the whole ledger. */
export const COLUMNS = { own: OWN, full: ["at", "user", "what", "byUser", ...OWN.slice(2)] as const };

/** The values of an entry. JSON keeps numbers as numbers. */
export type Row<Column extends string> = Record<Column, string | number | null>;

/** The first line of the file, with the names of the columns. */
export function header(columns: readonly string[]): string {
  return row([...columns]);
}

/** Entries as lines of CSV (RFC 4180). */
export function toCsv<Column extends string>(entries: Row<Column>[], columns: readonly Column[]): string {
  return entries.map((entry) => row(columns.map((name) => String(entry[name] ?? "")))).join("");
}

function row(cells: string[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

/**
 * Text that a spreadsheet may take for a formula. Some spreadsheets skip spaces before it, and
 * accept full-width signs.
 */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** Characters that end a cell. Where numbers have decimal commas, spreadsheets split at semicolons. */
const ENDING = /[",;\t\r\n]/;

/** Characters that change the direction of all text after them, even in other cells. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A cell that a spreadsheet shows but never runs: the note of an administrator may begin like a
 * formula (OWASP: CSV injection).
 */
function cell(text: string): string {
  const plain = text.replace(TURNING, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
  const safe = FORMULA.test(plain) ? `'${plain}` : plain;
  return ENDING.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
