import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { endCurrentSession, sayingOnce } from "@/lib/session/current";

/** Empties what the browser has kept of the private pages, the back/forward cache included (W3C Clear Site Data). */
const CLEAR = { "Clear-Site-Data": '"cache", "storage"' };

/**
 * Logs out. A plain form posts here, and a whole new page answers: nothing that
 * this tab still holds of the old ones is carried over.
 */
export async function POST(request: Request): Promise<Response> {
  const outcome = await endCurrentSession(await shownUntil(request));
  if (outcome.state === "ended") return seeOther(await sayingOnce("/login", "logged-out"));
  // There was no cookie, or none that opens: nothing has ended, and nothing says so.
  if (outcome.state === "nobody") return seeOther("/login");

  const until = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(
    outcome.until,
  );
  const page = plainPage({
    title: "You are logged out in this browser",
    text: [
      `The server could not be reached; if someone copied your cookie it works until ${until} UTC at the latest.`,
      "The rest is done as soon as the server can be reached, by itself, or when this browser comes back here.",
      '<a href="/login">To the log-in page</a>',
    ],
  });
  return new Response(page, { status: 503, headers: { ...PLAIN_PAGE_HEADERS, ...CLEAR } });
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...CLEAR, Location: location } });
}

/** When this session ends at the latest, as the page with the button said. Only for words: nothing is decided by it. */
async function shownUntil(request: Request): Promise<Date | null> {
  const until = new URLSearchParams(await request.text()).get("until");
  const date = new Date(until ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}
