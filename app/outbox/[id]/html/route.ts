import { keptMail } from "@/lib/mail/outbox";
import { words } from "@/lib/words";

/** Allows inline styles, as emails use them, but no scripts and no resources. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-top-navigation";

/** A stored email as a mail program shows it. */
export async function GET(_request: Request, { params }: RouteContext<"/outbox/[id]/html">): Promise<Response> {
  const mail = await keptMail((await params).id);
  if (!mail) return new Response(`${words().t("outboxPage.none")}\n`, { status: 404 });
  return new Response(mail.html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY },
  });
}
