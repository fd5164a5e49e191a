"use client";

import { type RefObject, useEffect, useRef } from "react";
import { emailIn } from "@/lib/http/login-fragment";

/** The email address in this page's fragment. Null if the fragment is not for this page, but for the one to return to. */
export function emailInAddress(): string | null {
  return location.search ? null : emailIn(location.hash);
}

/**
 * Fills in the email address from this page's fragment, unless the field has a value. Then removes the
 * fragment from the address bar, and from the browser's history.
 */
export function useEmailInAddress(field: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const take = () => {
      const email = emailInAddress();
      if (email === null) return;
      // What a browser has filled in is hidden from scripts until the user does something.
      if (field.current && !field.current.value && !field.current.matches(":autofill")) field.current.value = email;
      // Only once all effects have run: before, the router does not notice, and would bring the fragment back later.
      setTimeout(() => history.replaceState(null, "", location.pathname));
    };
    take();
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, [field]);
}

/** Removes an email address from the address bar where there is no form to fill in. */
export function WithoutEmailInAddress(): null {
  useEmailInAddress(useRef(null));
  return null;
}
