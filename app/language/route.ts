import { samePage } from "@/lib/http/return-path";
import { isLocale } from "@/lib/i18n/locale";
import { currentSession } from "@/lib/session/current";
import { setLocale } from "@/lib/users/store";
import { localeCookie } from "@/lib/words";

/**
 * Changes the language: of this browser, and of the account if there is a session. A plain form
 * posts here, because a page in another language is a whole new page.
 */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const chosen = form.get("locale");
  const locale = isLocale(chosen) ? chosen : null;
  const status = await currentSession();
  // In an outage the browser has the language at least.
  if (status.state === "valid") await setLocale(status.user.id, locale);
  const headers = { Location: samePage(form.get("back")), "Set-Cookie": localeCookie(locale) };
  return new Response(null, { status: 303, headers });
}
