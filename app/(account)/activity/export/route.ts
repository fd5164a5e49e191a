import { allActivity } from "@/lib/ledger/activity";
import { COLUMNS } from "@/lib/ledger/csv";
import { asDownload, asText, begun } from "@/lib/ledger/file";
import { parseKind } from "@/lib/ledger/lines";
import { requireSession } from "@/lib/session/current";

/** Streams the user's own part of the ledger as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  const { user } = await requireSession();
  const { searchParams } = new URL(request.url);
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const parts = await begun(allActivity(user.id, parseKind(searchParams.get("kind"))));

  return asDownload("activity", format, asText(parts, format, COLUMNS.own));
}
