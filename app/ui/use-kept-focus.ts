"use client";

import { type RefObject, useEffect, useRef } from "react";

/**
 * Keeps the focus in a list whose line goes away with the focus in it: it moves to
 * the next line, or to the last one that is left. It would fall to the top of the page.
 */
export function useKeptFocus<T extends HTMLElement>(): RefObject<T | null> {
  const list = useRef<T>(null);
  const last = useRef<{ element: Element; line: number } | null>(null);

  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      const line = [...(list.current?.children ?? [])].findIndex((each) => each.contains(target as Node));
      last.current = { element: target as Element, line };
    };
    const element = list.current;
    element?.addEventListener("focusin", note);
    return () => element?.removeEventListener("focusin", note);
  }, []);

  // After each rendering: any may have taken the line away.
  useEffect(() => {
    if (!last.current || last.current.element.isConnected || document.activeElement !== document.body) return;
    const lines = list.current?.children ?? [];
    const line = lines[Math.min(last.current.line, lines.length - 1)];
    line?.querySelector<HTMLElement>("button:not(:disabled), a")?.focus();
    last.current = null;
  });

  return list;
}
