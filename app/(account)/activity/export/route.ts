import { problemResponse } from "@/lib/api/problem";
import { allActivity } from "@/lib/ledger/activity";
import { COLUMNS } from "@/lib/ledger/csv";
import { asDownload, asText, begun } from "@/lib/ledger/file";
import { conditionOf, parseFilter, rangeOf } from "@/lib/ledger/filter";
import { requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";

/** Streams the user's own part of the ledger, as filtered on the page, as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  const { user } = await requireSession();
  const { searchParams } = new URL(request.url);
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const { filter, faults } = parseFilter(Object.fromEntries(searchParams));
  if (Object.keys(faults).length > 0)
    return problemResponse(400, "Invalid search", "The address or a date is invalid.");
  const matches = conditionOf(filter, words());
  const condition = matches && { matches, words: words() };
  const parts = await begun(allActivity(user.id, rangeOf(filter, words().timeZone), condition));

  return asDownload("activity", format, asText(parts, format, COLUMNS.own));
}
