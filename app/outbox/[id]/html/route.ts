import { keptMail } from "@/lib/mail/outbox";

/** Styles in attributes, as mail has them, and nothing that runs or loads. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox allow-top-navigation";

/** A kept mail as a mail program shows it. */
export async function GET(_request: Request, { params }: RouteContext<"/outbox/[id]/html">): Promise<Response> {
  const mail = await keptMail((await params).id);
  if (!mail) return new Response("There is no such mail.\n", { status: 404 });
  return new Response(mail.html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY },
  });
}
