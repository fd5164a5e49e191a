import { problemResponse } from "@/lib/api/problem";
import { MOMENT, RANGE, USER_ID } from "@/lib/forms/fields";
import { asDownload, asText, begun } from "@/lib/ledger/file";
import { requireRole } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import type { SelectedSession, Selection } from "@/lib/session/store/contract";
import { parsePosition } from "@/lib/session/store/position";
import { BOUND, boundIn } from "../meant";

const COLUMNS = ["handle", "email", "browser", "system", "firstAddress", "lastAddress", "since", "lastSeen"] as const;

/** Streams the active sessions that match the filter, newest first, as a file: CSV, or JSON with `format=json`. */
export async function GET(request: Request): Promise<Response> {
  await requireRole("admin");
  const { searchParams } = new URL(request.url);
  const user = searchParams.get("user") ?? "";
  const [userId, address] = [user && USER_ID.accept(user), RANGE.accept(searchParams.get("address") ?? "")];
  const before = MOMENT.accept(searchParams.get("before") ?? "");
  const bound = BOUND.accept(searchParams.get("bound") ?? "");
  if (userId === null || address === null || before === null || bound === null)
    return problemResponse(400, "Invalid filter", "The user, the address, the time or the binding is invalid.");
  const selection = {
    ...(userId && { userId }),
    ...(address && { address }),
    ...(before && { before: new Date(before) }),
    bound: boundIn(bound),
  };
  const format = searchParams.get("format") === "json" ? "json" : "csv";
  const parts = await begun(rows(selection));

  return asDownload("sessions", format, asText(parts, format, COLUMNS));
}

/** The columns of all selected sessions, in batches of a thousand. */
async function* rows(selection: Selection) {
  let next: string | null = null;
  do {
    const page: { sessions: SelectedSession[]; next: string | null } = await sessionStore().search(
      selection,
      parsePosition(next),
      1000,
    );
    yield page.sessions.map(({ handle, email, browser, system, firstAddress, lastAddress, since, lastSeen }) => ({
      ...{ handle, email, browser, system, firstAddress, lastAddress, since, lastSeen },
    }));
    next = page.next;
  } while (next);
}
