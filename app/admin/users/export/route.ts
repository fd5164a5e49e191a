import { asDownload, asText, begun } from "@/lib/ledger/file";
import { requireRole } from "@/lib/session/current";
import { allUsers } from "@/lib/users/directory";
import { filterOf } from "../user-filter";

const COLUMNS = ["id", "email", "name", "role", "createdAt", "disabledAt", "sessions", "lastSeenAt"] as const;

/** Streams the users that match the filter, newest first, as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  await requireRole("admin");
  const { searchParams } = new URL(request.url);
  const [search, role, state] = [searchParams.get("search"), searchParams.get("role"), searchParams.get("state")];
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const parts = await begun(rows(filterOf({ search, role, state })));

  return asDownload("users", format, asText(parts, format, COLUMNS));
}

async function* rows(filter: Parameters<typeof allUsers>[0]) {
  for await (const users of allUsers(filter))
    yield users.map(({ createdAt, disabledAt, lastSeenAt, ...user }) => ({
      ...user,
      createdAt: createdAt.toISOString(),
      disabledAt: disabledAt?.toISOString() ?? null,
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    }));
}
