/** One or two characters that stand for a name in an avatar; an empty text if the name is blank. */
export function initialsOf(name: string): string {
  const words = name.normalize("NFC").split(/\s+/).filter(Boolean);
  const spoken = words.map(fromFirstLetter).filter(Boolean);
  if (spoken.length === 0) return firstCharacter(words[0] ?? "");
  if (spoken.every((word) => HANGUL.test(word))) return givenNameOf(spoken);

  const initials = [spoken[0], ...spoken.slice(1).slice(-1)].map((word = "") => capital(firstCharacter(word)));
  // Letters of these scripts join to a neighbour, and would read as the beginning of a word.
  return initials.join(JOINING.test(initials.join("")) ? "\u200c" : "");
}

const HANGUL = /^\p{Script=Hangul}+$/u;
const JOINING = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}]/u;

/** The maximum length of a Korean name without a space: a family name and a given name of two syllables each. */
const LONGEST_KOREAN_NAME = 4;

/**
 * The given name, as Korean applications show: half of all Koreans share three family names, so the first syllable
 * would say little. The family name, before or after it, is shorter. A longer text is not a person's name.
 */
function givenNameOf(words: string[]): string {
  const longest = words.reduce((best, word) => (word.length >= best.length ? word : best));
  return longest.length > LONGEST_KOREAN_NAME ? longest.slice(0, 1) : longest.slice(-2);
}

/** The word without the punctuation or the emoji at its start; empty if it has no letter and no digit. */
function fromFirstLetter(word: string): string {
  const at = word.search(/[\p{L}\p{N}]/u);
  return at < 0 ? "" : word.slice(at);
}

/** Made once, which takes longer than using it. Firefox before 125 has none. */
const GRAPHEMES = Intl.Segmenter ? new Intl.Segmenter() : null;

/** The first character as a person counts them: an emoji or a letter with accents consists of several code points. */
function firstCharacter(text: string): string {
  if (!GRAPHEMES) return [...text][0] ?? "";
  return GRAPHEMES.segment(text)[Symbol.iterator]().next().value?.segment ?? "";
}

/** In capitals, unless that makes several letters of it: "ß" becomes "SS". */
function capital(character: string): string {
  const upper = character.toUpperCase();
  return upper.length > character.length ? character : upper;
}
