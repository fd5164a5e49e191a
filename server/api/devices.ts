import type { Answers } from "@/lib/api/schema";
import { showDevices } from "@/lib/session/devices";
import { json } from "./asked";
import { forLoggedIn } from "./logged-in";

/** The user's devices with their open pages, and the sessions that ended recently. A request does not count as use. */
export const devices = forLoggedIn(async (found) => {
  return json((await showDevices(found)) satisfies Answers["/api/devices"]);
});
