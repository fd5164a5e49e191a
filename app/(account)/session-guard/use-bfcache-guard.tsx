"use client";

import { useEffect } from "react";
import type { Known } from "./session-machine";

/**
 * Keeps a private page from being restored from the bfcache after its session has ended.
 *
 * A browser may keep a page that the user leaves, and show it again with its state
 * when they go back. So the page is blanked when it is left, and shown again only
 * after `ask` has checked the session.
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
      // If the session has ended, the guard redirects. If the server cannot say, reload for its outage page.
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
