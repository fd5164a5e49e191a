// How a session is shown, wherever that is.

import { Laptop, Monitor, Smartphone, Tablet } from "lucide-react";
import { browserName } from "@/lib/session/browser-name";
import type { ShownSession } from "@/lib/session/shown";

export const DEVICES = { computer: Laptop, phone: Smartphone, tablet: Tablet, other: Monitor };

/** What a session is called: by its owner, or else by what its browser says of itself. */
export function nameOf(session: Pick<ShownSession, "name" | "browser" | "system">): string {
  return session.name ?? browserName(session);
}
