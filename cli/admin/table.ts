import { isolated } from "@/lib/text/isolated";
import { harmless } from "./report";

/** Below this many characters nothing is cut. */
const SHORTEST = 8;

type Shape = {
  /** Of the terminal, in characters. */
  width: number;
  /** Which columns may be cut to fit into it, by their numbers. */
  flexible?: number[];
};

/** How wide a line may be: as the terminal, and without an end where programs read it. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** Rows of cells as aligned lines. */
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
  // A name in Arabic or Hebrew stays in its column.
  return isolated(shown.join("")) + " ".repeat(width - shown.length);
}

/** A moment for a table, in UTC, to the minute or to the second; nothing for none. */
export function momentText(at: Date | string | null, unit: "minute" | "second" = "minute"): string {
  if (at === null) return "";
  return new Date(at)
    .toISOString()
    .slice(0, unit === "minute" ? 16 : 19)
    .replace("T", " ");
}
