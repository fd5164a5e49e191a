import { needsKey } from "@/lib/auth/trusted-key";
import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { currentDevice, endCurrentSession, sayingOnce } from "@/lib/session/current";
import { escaped } from "@/lib/text/escaped";
import { words } from "@/lib/words";

/**
 * Makes the browser delete what it has kept of private pages, including the bfcache (W3C Clear Site Data). "storage" would
 * also delete the key with which a trusted browser shows at the next log-in that it is the same one.
 */
async function clearing() {
  return { "Clear-Site-Data": (await needsKey(await currentDevice())) ? '"cache"' : '"cache", "storage"' };
}

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
  return new Response(page, { status: 503, headers: { ...PLAIN_PAGE_HEADERS, ...(await clearing()) } });
}

async function seeOther(location: string): Promise<Response> {
  return new Response(null, { status: 303, headers: { ...(await clearing()), Location: location } });
}

/** When this session ends at the latest, according to the page with the button. Only shown, never used to decide. */
async function shownUntil(request: Request): Promise<Date | null> {
  const until = new URLSearchParams(await request.text()).get("until");
  const date = new Date(until ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}
