"use client";

import { useEffect } from "react";
import type { Known } from "./session-machine";

/**
 * Keeps a private page from being looked at after its session has ended.
 *
 * A browser may keep a page that is left, and show it again, scripts and all,
 * when somebody goes back. So it is blank when it is left, and shown again only
 * once `ask` has asked the server.
 */
export function useBfcacheGuard(ask: () => Promise<Known>): void {
  useEffect(() => {
    const blank = ({ persisted }: PageTransitionEvent) => {
      if (persisted) document.documentElement.hidden = true;
    };
    const restore = async ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      document.documentElement.hidden = true;
      const known = await ask();
      // Whoever is no longer signed in is led away, and nobody can be recognised in an outage: then it is loaded again.
      if (["live", "warned", "lapsed"].includes(known)) document.documentElement.hidden = false;
      else if (known === "unknown") location.reload();
    };
    addEventListener("pagehide", blank);
    addEventListener("pageshow", restore);
    return () => {
      removeEventListener("pagehide", blank);
      removeEventListener("pageshow", restore);
    };
  }, [ask]);
}
