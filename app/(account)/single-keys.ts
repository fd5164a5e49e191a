"use client";

import { useEffect, useRef } from "react";
import { isComposing } from "@/app/ui/form/keys";
import { READER_COOKIE_AGE } from "@/lib/i18n/reader";
import type { placesFor } from "./places";

// Keys without Ctrl or ⌘. Speech input types letters, so users must be able to turn these off (WCAG 2.1.4). A cookie
// keeps that, because logging out clears the browser's storage. Only this script reads it.

const COOKIE = "latchkey-keys";

/** How long G waits for its letter, in milliseconds. */
const PATIENCE = 3000;

/** Whether this browser's user has not turned single keys off. */
export function areSingleKeysOn(): boolean {
  return !document.cookie.split("; ").includes(`${COOKIE}=off`);
}

export function turnSingleKeys(isOn: boolean): void {
  const secure = window.location.protocol === "https:" ? ";secure" : "";
  const age = isOn ? 0 : READER_COOKIE_AGE;
  // biome-ignore lint/suspicious/noDocumentCookie: Firefox and Safari have no Cookie Store for pages yet.
  document.cookie = `${COOKIE}=off;path=/;max-age=${age};samesite=lax${secure}`;
}

type Actions = { places: ReturnType<typeof placesFor>; onGo: (path: string) => void; onKeys: () => void };

/** Listens for `?`, and for G with the letter of a place. Not in a field, and not while a dialog is open. */
export function useSingleKeys(actions: Actions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });

  useEffect(() => {
    let begun = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent) => {
      const isSecond = event.timeStamp - begun < PATIENCE;
      // Shift is on its way to another key.
      if (event.key !== "Shift") begun = Number.NEGATIVE_INFINITY;
      if (isForOthers(event) || !areSingleKeysOn()) return;
      const letter = letterOf(event);
      const place = isSecond && latest.current.places.find(([, , its]) => its === letter);
      if (place) latest.current.onGo(place[0]);
      else if (event.key === "?") latest.current.onKeys();
      else {
        if (letter === "g") begun = event.timeStamp;
        return;
      }
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** Whether the key belongs to a field, to a dialog, or to the browser. */
function isForOthers(event: KeyboardEvent): boolean {
  const { target, defaultPrevented, repeat, ctrlKey, metaKey, altKey } = event;
  const isTyped = target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
  const isModal = document.querySelector("dialog[open]") !== null;
  return isTyped || isModal || defaultPrevented || repeat || ctrlKey || metaKey || altKey || isComposing(event);
}

/** The Latin letter of a key, also on a keyboard that is set to write Korean. */
function letterOf({ key, code }: KeyboardEvent): string {
  return /^[a-z]$/i.test(key) ? key.toLowerCase() : (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? "");
}
