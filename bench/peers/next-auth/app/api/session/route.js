import { getServerSession } from "next-auth";
import { options } from "../../../lib/auth";

export async function GET() {
  const found = await getServerSession(options);
  if (!found) return Response.json({ status: 401 }, { status: 401 });
  return Response.json({ user: found.user, session: { expires: found.expires } });
}
