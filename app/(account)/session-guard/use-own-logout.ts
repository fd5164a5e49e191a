"use client";

import { useEffect } from "react";
import { noResponse } from "@/app/(auth)/logout/no-response";

/**
 * Keeps a page from leaving before the response to its own log-out form.
 *
 * The session ends before the response arrives. A page that left at once would cancel the
 * response, and with it the new cookie and the page that says "You've logged out". If none comes,
 * `ask` checks the session.
 */
export function useOwnLogout(acting: (act: () => Promise<void>) => Promise<void>, ask: () => Promise<unknown>): void {
  useEffect(() => {
    const onSubmit = async ({ target }: SubmitEvent) => {
      if (!(target instanceof HTMLFormElement) || target.getAttribute("action") !== "/logout/end") return;
      await acting(noResponse);
      await ask();
    };
    addEventListener("submit", onSubmit);
    return () => removeEventListener("submit", onSubmit);
  }, [acting, ask]);
}
