import { headers } from "next/headers";
import { auth } from "../../../lib/auth";

export async function GET() {
  const found = await auth.api.getSession({ headers: await headers() });
  if (!found) return Response.json({ status: 401 }, { status: 401 });

  const { id, email, name } = found.user;
  const { createdAt, expiresAt, ipAddress, userAgent } = found.session;
  return Response.json({ user: { id, email, name }, session: { createdAt, expiresAt, ipAddress, userAgent } });
}
