import { header, type Row, toCsv } from "./csv";

export type Format = "csv" | "json";

/**
 * Returns the same parts, after reading the first. An outage in that read becomes a 503, because
 * nothing has been sent yet.
 */
export async function begun<Part>(parts: AsyncGenerator<Part>): Promise<AsyncGenerator<Part>> {
  const first = await parts.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* parts;
  })();
}

/** Entries as the text of a file, in parts as soon as they are read. */
export async function* asText<Column extends string, Entry extends Row<Column>>(
  parts: AsyncIterable<Entry[]>,
  format: Format,
  columns: readonly Column[],
): AsyncGenerator<string> {
  yield* format === "json" ? asJson(parts) : asCsv(parts, columns);
}

/** The text as a file for the browser to download. The file name has the UTC date, because all times in it are UTC. */
export function asDownload(name: string, format: Format, text: AsyncGenerator<string>): Response {
  const day = new Date().toISOString().slice(0, 10);
  return new Response(stream(format === "csv" ? marked(text) : text), {
    headers: {
      "Content-Type": format === "json" ? "application/json" : "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}-${day}.${format}"`,
    },
  });
}

/** Adds a byte order mark, by which spreadsheets recognise UTF-8. Without it, they guess by the system language. */
async function* marked(text: AsyncGenerator<string>): AsyncGenerator<string> {
  yield "\ufeff";
  yield* text;
}

async function* asCsv<Column extends string>(
  parts: AsyncIterable<Row<Column>[]>,
  columns: readonly Column[],
): AsyncGenerator<string> {
  yield header(columns);
  for await (const entries of parts) yield toCsv(entries, columns);
}

/** Entries as the text of a JSON array. */
export async function* asJson(parts: AsyncIterable<unknown[]>): AsyncGenerator<string> {
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
