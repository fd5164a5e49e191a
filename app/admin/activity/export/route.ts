import { allFullActivity } from "@/lib/ledger/activity";
import { COLUMNS } from "@/lib/ledger/csv";
import { asDownload, asText, begun } from "@/lib/ledger/file";
import { parseKind } from "@/lib/ledger/lines";
import { requireRole } from "@/lib/session/current";
import { isUserId } from "@/lib/users/directory";

/** Streams the ledger, or with `user` one user's part of it, as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  await requireRole("admin");
  const { searchParams } = new URL(request.url);
  const user = searchParams.get("user") ?? "";
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const parts = await begun(allFullActivity(isUserId(user) ? user : null, parseKind(searchParams.get("kind"))));

  return asDownload("ledger", format, asText(parts, format, COLUMNS.full));
}
