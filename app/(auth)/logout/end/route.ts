import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { endCurrentSession, sayingOnce } from "@/lib/session/current";
import { escaped } from "@/lib/text/escaped";
import { words } from "@/lib/words";

/** Makes the browser delete what it has kept of private pages, including the bfcache (W3C Clear Site Data). */
const CLEAR = { "Clear-Site-Data": '"cache", "storage"' };

/**
 * Logs out. A plain form posts here, and the response is a full page load, so
 * the tab keeps nothing of the private pages.
 */
export async function POST(request: Request): Promise<Response> {
  const outcome = await endCurrentSession(await shownUntil(request));
  if (outcome.state === "ended") return seeOther(await sayingOnce("/login", "logged-out"));
  // There was no valid cookie: no session has ended, so the page must not say so.
  if (outcome.state === "nobody") return seeOther("/login");

  const said = words();
  const { t, moment } = said;
  const page = plainPage(said, {
    title: t("authPage.loggedOut"),
    text: [
      escaped(t("authPage.owedUntil", { until: moment(outcome.until) })),
      escaped(t("authPage.owedRest")),
      `<a href="/login">${escaped(t("authPage.toLogIn"))}</a>`,
    ],
  });
  return new Response(page, { status: 503, headers: { ...PLAIN_PAGE_HEADERS, ...CLEAR } });
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...CLEAR, Location: location } });
}

/** When this session ends at the latest, according to the page with the button. Only shown, never used to decide. */
async function shownUntil(request: Request): Promise<Date | null> {
  const until = new URLSearchParams(await request.text()).get("until");
  const date = new Date(until ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}
