import { header, toCsv } from "./csv";

export type Format = "csv" | "json";

/** The same parts, of which the first has been read: an outage that is met before anything is sent is a 503. */
export async function begun<Part>(parts: AsyncGenerator<Part>): Promise<AsyncGenerator<Part>> {
  const first = await parts.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* parts;
  })();
}

/** Entries as the text of a file, a part as soon as it is read. */
export async function* asText<Column extends string, Entry extends Record<Column, string | null>>(
  parts: AsyncIterable<Entry[]>,
  format: Format,
  columns: readonly Column[],
): AsyncGenerator<string> {
  yield* format === "json" ? asJson(parts) : asCsv(parts, columns);
}

/** The same as what a browser is given to keep under a name, with the day by UTC, as all times in it are. */
export function asDownload(name: string, format: Format, text: AsyncGenerator<string>): Response {
  const day = new Date().toISOString().slice(0, 10);
  return new Response(stream(format === "csv" ? marked(text) : text), {
    headers: {
      "Content-Type": format === "json" ? "application/json" : "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}-${day}.${format}"`,
    },
  });
}

/** With the byte order mark, by which spreadsheets know UTF-8: without it, they guess by the language of the system. */
async function* marked(text: AsyncGenerator<string>): AsyncGenerator<string> {
  yield "\ufeff";
  yield* text;
}

async function* asCsv<Column extends string>(
  parts: AsyncIterable<Record<Column, string | null>[]>,
  columns: readonly Column[],
): AsyncGenerator<string> {
  yield header(columns);
  for await (const entries of parts) yield toCsv(entries, columns);
}

async function* asJson(parts: AsyncIterable<unknown[]>): AsyncGenerator<string> {
  let before = "[\n";
  for await (const entries of parts) {
    for (const entry of entries) {
      yield before + JSON.stringify(entry);
      before = ",\n";
    }
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

function stream(text: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await text.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await text.return(undefined);
    },
  });
}
