import { problemResponse } from "@/lib/api/problem";
import { allFullActivity } from "@/lib/ledger/activity";
import { COLUMNS } from "@/lib/ledger/csv";
import { asDownload, asText, begun } from "@/lib/ledger/file";
import { requireRole } from "@/lib/session/current";
import { isUserId } from "@/lib/users/directory";
import { filterOf, text } from "../ledger-filter";

/** Streams the ledger, or the part of it that the page finds with the same values, as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  await requireRole("admin");
  const { searchParams } = new URL(request.url);
  const [user, kind] = [text(searchParams.get("user")), text(searchParams.get("kind"))];
  const [from, to] = [text(searchParams.get("from")), text(searchParams.get("to"))];
  const { filter, errors } = filterOf({ kind, from, to, address: text(searchParams.get("address")) });
  if (errors) return problemResponse(400, "Invalid search", "The address or a date is invalid.");
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const parts = await begun(allFullActivity(isUserId(user) ? user : null, filter));

  return asDownload("ledger", format, asText(parts, format, COLUMNS.full));
}
