"use client";

import { type RefObject, useLayoutEffect, useRef } from "react";

/** Gives a button the focus back that it loses while it is disabled, unless something else has got it. */
export function useFocusBack(isDisabled: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const had = useRef(false);

  useLayoutEffect(() => {
    if (isDisabled) had.current = document.activeElement === button.current;
    else if (had.current && document.activeElement === document.body) button.current?.focus();
  }, [isDisabled]);

  return button;
}
