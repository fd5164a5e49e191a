"use client";

import { type RefObject, useEffect, useRef } from "react";

/**
 * Keeps the focus in a list, or several, when the focused line (`li`) is removed. The focus moves to
 * the same place in the next line, or in the last one. Otherwise it would fall to the top of the page.
 */
export function useKeptFocus<T extends HTMLElement>(): RefObject<T | null> {
  const list = useRef<T>(null);
  const last = useRef<{ element: Element; line: number; place: number } | null>(null);

  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      const element = target as Element;
      const lines = linesOf(list.current);
      const line = lines.findIndex((each) => each.contains(element));
      // Outside the list, the focus is not ours to move, even if the element there loses it.
      last.current = line < 0 ? null : { element, line, place: focusable(lines[line]).indexOf(element as HTMLElement) };
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);

  // Runs after each rendering, because any of them may have removed the line.
  useEffect(() => {
    if (!last.current || last.current.element.isConnected || document.activeElement !== document.body) return;
    const lines = linesOf(list.current);
    const line = lines[Math.min(last.current.line, lines.length - 1)];
    const places = focusable(line);
    places[Math.min(last.current.place, places.length - 1)]?.focus();
    last.current = null;
  });

  return list;
}

function linesOf(list: HTMLElement | null): Element[] {
  return [...(list?.querySelectorAll("li") ?? [])];
}

/** What can have the focus in a line. Buttons in closed details cannot. */
function focusable(line: Element | undefined): HTMLElement[] {
  const all = line?.querySelectorAll<HTMLElement>("button:not(:disabled), a, summary, input:not([type=hidden])") ?? [];
  return [...all].filter((element) => element.checkVisibility());
}
