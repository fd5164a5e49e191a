"use client";

import { useEffect } from "react";

/**
 * Keeps a private page from being looked at after its session has ended.
 *
 * A browser may keep a page that is left, and show it again, scripts and all,
 * when somebody goes back. So it is blanked when it is left, and shown again
 * only once the server has said that it is still the same session.
 */
export function BlankWhenRestored({ handle }: { handle: string }) {
  useEffect(() => {
    const blank = ({ persisted }: PageTransitionEvent) => {
      if (persisted) document.documentElement.hidden = true;
    };
    const check = async ({ persisted }: PageTransitionEvent) => {
      if (!persisted) return;
      document.documentElement.hidden = true;
      if (await isStill(handle)) document.documentElement.hidden = false;
      else location.reload();
    };

    addEventListener("pagehide", blank);
    addEventListener("pageshow", check);
    return () => {
      removeEventListener("pagehide", blank);
      removeEventListener("pageshow", check);
    };
  }, [handle]);

  return null;
}

async function isStill(handle: string): Promise<boolean> {
  try {
    const answer = await fetch("/api/session", { cache: "no-store" });
    return answer.ok && (await answer.json()).session.handle === handle;
  } catch {
    // Nobody can say; loading the page again will.
    return false;
  }
}
