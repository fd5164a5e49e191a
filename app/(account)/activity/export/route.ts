import { allActivity, type Entry, parseKind } from "@/lib/ledger/activity";
import { HEADER, toCsv } from "@/lib/ledger/csv";
import { requireSession } from "@/lib/session/current";

/** One's own part of the ledger as a file, sent as it is read: CSV, or with `format=json` JSON. */
export async function GET(request: Request): Promise<Response> {
  const { user } = await requireSession();
  const { searchParams } = new URL(request.url);
  const isJson = searchParams.get("format") === "json";
  const parts = allActivity(user.id, parseKind(searchParams.get("kind")));

  return new Response(stream(isJson ? asJson(parts) : asCsv(parts)), {
    headers: {
      "Content-Type": isJson ? "application/json" : "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="activity.${isJson ? "json" : "csv"}"`,
    },
  });
}

async function* asCsv(parts: AsyncGenerator<Entry[]>): AsyncGenerator<string> {
  yield HEADER;
  for await (const entries of parts) yield toCsv(entries);
}

async function* asJson(parts: AsyncGenerator<Entry[]>): AsyncGenerator<string> {
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
