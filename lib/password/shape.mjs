// Checks that need no word lists. In a file of its own, so that the meter in the browser can respond before
// the lists have loaded.

/**
 * In characters (Unicode code points). NIST SP 800-63B-4 §3.1.1.2: at least 15 if the password is the only factor, and 8
 * if there is a second one.
 */
export const SHORTEST = 15;
export const SHORTEST_WITH_SECOND_FACTOR = 8;
export const LONGEST = 256;

/** The minimum length of a name to search for. Shorter names are part of many words. */
const SHORTEST_NAME = 4;

/** "shorter" is too short even with a second factor. */
/** @typedef {"short" | "shorter" | "long" | "common" | "easy" | "about-you" | "about-site"} PasswordProblem */
/** @typedef {{ email: string, siteNames: string[], hasSecondFactor?: boolean | undefined }} Circumstances */

/**
 * The minimum length of a password.
 *
 * @param {Pick<Circumstances, "hasSecondFactor">} circumstances
 */
export function shortest({ hasSecondFactor = false }) {
  return hasSecondFactor ? SHORTEST_WITH_SECOND_FACTOR : SHORTEST;
}

/**
 * The problem that can be found without a list of passwords, or null.
 *
 * @param {string} password
 * @param {Circumstances} circumstances
 * @returns {PasswordProblem | null}
 */
export function problemByShape(password, { email, siteNames, hasSecondFactor }) {
  const text = password.normalize("NFKC").toLowerCase();
  const [local = ""] = email.toLowerCase().split("@");
  /** @param {string} name */
  const contains = (name) => name.length >= SHORTEST_NAME && text.includes(name.toLowerCase());

  const { length } = [...password.normalize("NFC")];
  if (length < shortest({ hasSecondFactor })) return hasSecondFactor ? "shorter" : "short";
  if (length > LONGEST) return "long";
  if (contains(email) || contains(local)) return "about-you";
  return siteNames.some(contains) ? "about-site" : null;
}
