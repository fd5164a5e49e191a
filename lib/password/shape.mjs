// Checks that need no word lists. In a file of its own, so that the meter in the browser can respond before
// the lists have loaded.

/** In characters (Unicode code points). NIST SP 800-63B-4 §3.1.1.2: at least 15 if the password is the only factor. */
export const SHORTEST = 15;
export const LONGEST = 256;

/** The minimum length of a name to search for. Shorter names are part of many words. */
const SHORTEST_NAME = 4;

/** @typedef {"short" | "long" | "common" | "easy" | "about-you" | "about-site"} PasswordProblem */
/** @typedef {{ email: string, siteNames: string[] }} Circumstances */

/**
 * The problem that can be found without a list of passwords, or null.
 *
 * @param {string} password
 * @param {Circumstances} circumstances
 * @returns {PasswordProblem | null}
 */
export function problemByShape(password, { email, siteNames }) {
  const text = password.normalize("NFKC").toLowerCase();
  const [local = ""] = email.toLowerCase().split("@");
  /** @param {string} name */
  const contains = (name) => name.length >= SHORTEST_NAME && text.includes(name.toLowerCase());

  const { length } = [...password.normalize("NFC")];
  if (length < SHORTEST) return "short";
  if (length > LONGEST) return "long";
  if (contains(email) || contains(local)) return "about-you";
  return siteNames.some(contains) ? "about-site" : null;
}
