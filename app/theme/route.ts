import { samePage } from "@/lib/http/return-path";
import { themeOf } from "@/lib/theme";
import { themeCookie } from "@/lib/words";

/** Changes the theme of this browser. A plain form posts here, so choosing works without JavaScript. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const headers = { Location: samePage(form.get("back")), "Set-Cookie": themeCookie(themeOf(form.get("theme"))) };
  return new Response(null, { status: 303, headers });
}
