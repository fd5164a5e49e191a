import { isolated } from "@/lib/text/isolated";
import { harmless } from "./report";

/** The minimum width of a shortened column, in characters. */
const SHORTEST = 8;

type Shape = {
  /** The width of the terminal, in characters. */
  width: number;
  /** The indexes of columns that may be shortened to fit. */
  flexible?: number[];
};

/** The maximum width of a line: that of the terminal, or unlimited in a pipe. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** Aligns rows of cells into lines. */
export function table(rows: string[][], { width, flexible = [] }: Shape): string[] {
  const cells = rows.map((row) => row.map((cell) => [...harmless(cell).replaceAll("\n", "\\u000a")]));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  for (const column of flexible) {
    const excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
    widths[column] = Math.min(widths[column] ?? 0, Math.max(SHORTEST, (widths[column] ?? 0) - Math.max(0, excess)));
  }
  return cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function pad(cell: string[], width: number): string {
  const shown = cell.length > width ? [...cell.slice(0, width - 1), "…"] : cell;
  // Keeps a right-to-left name, in Arabic or Hebrew, inside its column.
  return isolated(shown.join("")) + " ".repeat(width - shown.length);
}

/** Formats a time for a table, in UTC, to the minute or second. Returns "" for null. */
export function momentText(at: Date | string | null, unit: "minute" | "second" = "minute"): string {
  if (at === null) return "";
  return new Date(at)
    .toISOString()
    .slice(0, unit === "minute" ? 16 : 19)
    .replace("T", " ");
}
