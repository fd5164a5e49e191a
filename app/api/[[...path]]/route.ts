import { problem } from "@/app/api/problem";

/** An address below /api that does not exist: said to software in the words of software. */
export function GET(): Response {
  return problem(404, "Not found", "There is nothing at this address.");
}

export const POST = GET;
