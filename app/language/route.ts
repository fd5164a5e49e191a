import { samePage } from "@/lib/http/return-path";
import { isLocale } from "@/lib/i18n/locale";
import { keptStatus } from "@/lib/request-context";
import { currentSession } from "@/lib/session/current";
import { setLocale } from "@/lib/users/store";
import { localeCookie } from "@/lib/words";

/**
 * Changes the language of this browser and, if there is a session, of its account. A plain form
 * posts here, because every word on the page changes, so it has to be loaded anew.
 */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const chosen = form.get("locale");
  const locale = isLocale(chosen) ? chosen : null;
  const forgetOutage = keptStatus();
  const status = await currentSession();
  if (status.state === "valid") await setLocale(status.user.id, locale);
  // In an outage this stores nothing, but the cookie still changes the language of this browser.
  forgetOutage();
  const headers = { Location: samePage(form.get("back")), "Set-Cookie": localeCookie(locale) };
  return new Response(null, { status: 303, headers });
}
