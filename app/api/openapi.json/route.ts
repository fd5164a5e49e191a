import { describeApi } from "../description";

/** What the API answers, for software and for who writes it. Anybody may know. */
export function GET(): Response {
  return Response.json(describeApi());
}

// The addresses in it are those that this server is started with.
export const dynamic = "force-dynamic";
