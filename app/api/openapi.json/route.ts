import { describeApi } from "../description";

/** The OpenAPI description. It is public. */
export function GET(): Response {
  return Response.json(describeApi());
}

// Rendered on request, because the addresses in it come from this server's settings.
export const dynamic = "force-dynamic";
