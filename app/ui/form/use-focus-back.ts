"use client";

import { type RefObject, useLayoutEffect, useRef } from "react";

/** Returns the focus to a button that lost it while disabled, unless another element has it by then. */
export function useFocusBack(isDisabled: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const had = useRef(false);

  useLayoutEffect(() => {
    if (isDisabled) had.current = document.activeElement === button.current;
    else if (had.current && document.activeElement === document.body) button.current?.focus();
  }, [isDisabled]);

  return button;
}
