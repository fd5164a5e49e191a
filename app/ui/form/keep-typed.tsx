"use client";

import { useLayoutEffect, useState } from "react";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** The element that had the focus last: still the old one after React has replaced it, when the focus is lost. */
let focused: Element | null = null;

if (typeof document !== "undefined") {
  focused = document.activeElement;
  document.addEventListener("focusin", ({ target }) => {
    focused = target as Element;
  });
}

/**
 * Keeps what a user typed or chose before the page's scripts ran, and the focus.
 *
 * A translator or an extension may change the page before that. React then replaces the fields that
 * the server sent with new ones, which are empty. Rendered once, within the part that React replaces.
 */
export function KeepTyped(): null {
  // The first rendering happens while the server's fields are still in the page.
  const [sent] = useState(() => (typeof document === "undefined" ? new Map() : fields()));
  useLayoutEffect(() => restore(sent), [sent]);
  return null;
}

/** The page's fields by their names, those of the same name in order. */
function fields(): Map<string, Field> {
  const found = new Map<string, Field>();
  for (const field of document.querySelectorAll<Field>(
    "input[name]:not([type=hidden]), textarea[name], select[name]",
  )) {
    let count = 0;
    while (found.has(`${field.name} ${count}`)) count++;
    found.set(`${field.name} ${count}`, field);
  }
  return found;
}

function restore(sent: Map<string, Field>): void {
  const now = fields();
  for (const [name, old] of sent) {
    const field = now.get(name);
    // Without a replacement, the old fields are the page's fields.
    if (!field || old.isConnected || field.type !== old.type) continue;
    if (field instanceof HTMLInputElement && old instanceof HTMLInputElement) field.checked = old.checked;
    if (isChanged(old)) field.value = old.value;
    if (old === focused && document.activeElement === document.body) field.focus({ preventScroll: true });
  }
}

/** Whether the user changed the field since the server sent it. */
function isChanged(field: Field): boolean {
  if (field instanceof HTMLSelectElement) return [...field.options].some((o) => o.selected !== o.defaultSelected);
  return field.value !== field.defaultValue;
}
