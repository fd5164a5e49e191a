// The rules for a new password. Plain JavaScript, because the threads of the server and the meter in the browser
// both run it. So they cannot disagree.

import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
// Imported one by one, for the download of the meter: the other lists of the package are just as long.
import words from "@zxcvbn-ts/language-en/dist/commonWords.json.mjs";
import names from "@zxcvbn-ts/language-en/dist/firstnames.json.mjs";
import { problemByShape } from "./shape.mjs";

export { LONGEST, SHORTEST } from "./shape.mjs";

/** The minimum number of guesses for a password, trying the likeliest first. Weaker passwords are refused. */
const FEWEST_GUESSES = 1e8;

/**
 * The maximum number of characters searched for patterns. Longer passwords are hardly ever easy,
 * and take long to search.
 */
const LOOKED_AT = 64;

/** @typedef {import("./shape.mjs").PasswordProblem} PasswordProblem */
/** @typedef {import("./shape.mjs").Circumstances} Circumstances */
/** @typedef {{ problem: PasswordProblem | null, strength: 0 | 1 | 2 | 3 }} Judgement */

/**
 * Judges whether a password is good enough, and how good. `strength` is 0 for one that is refused,
 * then 1 (fair) to 3 (strong). Every character counts, and none is required: there are no
 * composition rules (NIST SP 800-63B-4 §3.1.1.2, ASVS 6.2.5).
 *
 * @param {string} password
 * @param {Circumstances} circumstances
 * @returns {Judgement}
 */
export function judgePassword(password, circumstances) {
  const problem = problemByShape(password, circumstances);
  if (problem) return { problem, strength: 0 };

  if (isListed(password)) return { problem: "common", strength: 0 };
  const { guesses } = estimator().check([...password].slice(0, LOOKED_AT).join(""));
  if (guesses < FEWEST_GUESSES) return { problem: "easy", strength: 0 };
  return { problem: null, strength: guesses < 1e11 ? 1 : guesses < 1e14 ? 2 : 3 };
}

/** Passwords, words and first names: about 110,000 in all, mostly in lower case. */
const LISTS = { passwords: common["passwords-common"], words, names };

/** @type {Set<string> | undefined} */
let listed;

/** @param {string} password */
function isListed(password) {
  listed ??= new Set(Object.values(LISTS).flat());
  return listed.has(password) || listed.has(password.toLowerCase());
}

/** @type {ZxcvbnFactory | undefined} */
let made;

/** Created at first use, because that takes a tenth of a second. */
function estimator() {
  made ??= new ZxcvbnFactory({ dictionary: LISTS, graphs: adjacencyGraphs, maxLength: LOOKED_AT });
  return made;
}
