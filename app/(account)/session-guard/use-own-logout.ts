"use client";

import { useEffect } from "react";

/** How long to wait for the response to a log-out form, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Calls `begin` when a log-out form of this page is sent, and `end` when the page stays nevertheless.
 *
 * The session ends before the response arrives. A page that left at once would cancel
 * the response, and with it the new cookie and the page that says "You've logged out".
 */
export function useOwnLogout(begin: () => void, end: () => void): void {
  useEffect(() => {
    let late: ReturnType<typeof setTimeout> | undefined;
    const stay = () => {
      if (late === undefined) return;
      clearTimeout(late);
      late = undefined;
      end();
    };
    const send = ({ target }: SubmitEvent) => {
      if (!(target instanceof HTMLFormElement) || target.getAttribute("action") !== "/logout/end") return;
      if (late === undefined) begin();
      clearTimeout(late);
      late = setTimeout(stay, PATIENCE);
    };
    addEventListener("submit", send);
    addEventListener("pageshow", stay);
    return () => {
      removeEventListener("submit", send);
      removeEventListener("pageshow", stay);
      clearTimeout(late);
    };
  }, [begin, end]);
}
