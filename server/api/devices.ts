import type { Answer } from "@/lib/api/problem";
import type { Answers } from "@/lib/api/schema";
import { showDevices } from "@/lib/session/devices";
import { requestedSession } from "@/lib/session/status";
import { type Asked, json } from "./asked";
import { problemFor } from "./problem-for";

/** The user's devices with their open pages, and the sessions that ended recently. A request does not count as use. */
export async function devices({ context, token }: Asked): Promise<Answer> {
  const found = await requestedSession(context, token);
  if (found.state !== "valid") return problemFor(found);
  return json((await showDevices(found)) satisfies Answers["/api/devices"]);
}
