import { endCurrentSession } from "@/lib/session/current";

/**
 * Logs out. A plain form posts here, and a whole new page answers: nothing that
 * this browser's tab still holds of the old ones is carried over.
 */
export async function POST(): Promise<Response> {
  await endCurrentSession();
  return new Response(null, { status: 303, headers: { Location: "/login?logged-out" } });
}
