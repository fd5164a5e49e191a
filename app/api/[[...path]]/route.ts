import { problem } from "@/app/api/problem";

/** Responds to every unknown path below /api, as problem+json. */
export function GET(): Response {
  return problem(404, "Not found", "There is nothing at this address.");
}

export const POST = GET;
