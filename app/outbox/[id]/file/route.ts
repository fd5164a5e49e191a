import { keptFile } from "@/lib/mail/outbox";
import { words } from "@/lib/words";

/** A stored email as a file that any mail program opens. */
export async function GET(_request: Request, { params }: RouteContext<"/outbox/[id]/file">): Promise<Response> {
  const { id } = await params;
  const file = await keptFile(id);
  if (!file) return new Response(`${words().t("outboxPage.none")}\n`, { status: 404 });
  return new Response(file, {
    headers: { "Content-Type": "message/rfc822", "Content-Disposition": `attachment; filename="${id}.eml"` },
  });
}
