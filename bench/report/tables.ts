import type { Case, Result, Table } from "../case";

/** The result of a case as Markdown, with links to its charts. */
export function section({ title, about }: Case, { tables, charts, notes }: Result): string {
  return [
    `## ${title}`,
    about,
    ...charts.map((chart) => `![${chart.title}: ${chart.unit}](${chart.file}.svg)`),
    ...tables.map((table) => (table.title === title ? rows(table) : `### ${table.title}\n\n${rows(table)}`)),
    notes.map((note) => `- ${note}`).join("\n"),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function rows({ head, rows }: Table): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
