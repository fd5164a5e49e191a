/** How long to wait for the response to a form, in milliseconds. */
const PATIENCE = 10_000;

/**
 * For a page that has just sent a plain form. Resolves if there is no response after ten seconds, or
 * if the user comes back to this page. Otherwise the response replaces the page first.
 */
export function noResponse(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(settle, PATIENCE);
    addEventListener("pageshow", settleIfRestored);
    function settle() {
      clearTimeout(late);
      removeEventListener("pageshow", settleIfRestored);
      resolve();
    }
    // Without `persisted`, the page has only finished loading, and the response may still come.
    function settleIfRestored({ persisted }: PageTransitionEvent) {
      if (persisted) settle();
    }
  });
}
