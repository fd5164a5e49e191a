// What can be seen of a password without a list of others. In a file of its own,
// so that the meter in the browser has something to say before the lists are there.

/** In characters (Unicode code points). NIST SP 800-63B-4 §3.1.1.2: at least 15 where a password is all there is. */
export const SHORTEST = 15;
export const LONGEST = 256;

/** A part of an address that is shorter than this is in many a word. */
const SHORTEST_NAME = 4;

/** @typedef {"short" | "long" | "common" | "easy" | "about-you" | "about-site"} PasswordProblem */
/** @typedef {{ email: string, siteNames: string[] }} Circumstances */

/** @type {Record<PasswordProblem, string>} */
export const PROBLEMS = {
  short: `Use at least ${SHORTEST} characters. A few words that do not belong together are easy to remember.`,
  long: `Use at most ${LONGEST} characters.`,
  common: "This is one of the most common passwords, and among the first that anybody tries.",
  easy: "This is too easy to guess: it is made of common words, names or patterns.",
  "about-you": "This contains your email address, or your name in it.",
  "about-site": "This contains the name of this site.",
};

/**
 * What can be seen without a list of passwords.
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
