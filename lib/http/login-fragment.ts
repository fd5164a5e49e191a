/** Begins a fragment that is for the log-in page itself. */
const NAME = "#email=";

/** Roughly an email address: the server checks it when the form is sent. */
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;
const LONGEST = 320;

/**
 * The fragment by which the log-in page fills in an email address. Browsers send no fragment, so the
 * address is in no log of a server or proxy.
 */
export function fragmentOf(email: string): string {
  return NAME + encodeURIComponent(email);
}

/** What such a fragment fills in: nothing if it contains no email address. Null if the fragment is another one. */
export function emailIn(fragment: string): string | null {
  if (!fragment.startsWith(NAME)) return null;
  try {
    const email = decodeURIComponent(fragment.slice(NAME.length));
    return EMAIL.test(email) && email.length <= LONGEST ? email : "";
  } catch {
    return "";
  }
}
