/**
 * Characters that are invisible, or that change the text around them: controls, directions of text
 * (UAX 9), zero-width characters, fillers, tags, private and unassigned code points, and halves of
 * surrogate pairs. RFC 8264 §9 refuses the same. Code points reserved for emoji are allowed,
 * because an emoji may be newer than this Node.js.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\u{1D159}]|(?!\p{Extended_Pictographic})\p{Cn}/u;

/** Scripts in which joiners and variation selectors belong to the spelling (RFC 5892, appendix A). */
const JOINING =
  "\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mand}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}\\p{scx=Mong}";

/** Places where such a character is part of something visible. */
const PART_OF_SOMETHING = new RegExp(
  [
    // A flag, such as that of Scotland (UTS 51, ED-14a).
    "\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{1,6}\\u{E007F}",
    // An emoji: shown in colour or not, or joined to the next one.
    "(?<=[\\p{Emoji}\\p{Extended_Pictographic}])[\\uFE0E\\uFE0F]",
    "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})",
    // A joiner within a word, or at its end after a vowel sign.
    `(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}])`,
    `(?<=(?=[${JOINING}])\\p{M})[\\u200C\\u200D]`,
    // Variants of Mongolian letters and of Chinese characters.
    "(?<=\\p{scx=Mong})[\\u180B-\\u180F]",
    "(?<=\\p{Script=Han})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]",
  ].join("|"),
  "gu",
);

/** This many marks on one letter run into the lines above and below. */
const TOO_MANY_MARKS = /\p{M}{9}/u;

/**
 * At the ends of a pasted text, these are accidental and mean nothing. (The lookbehind keeps the
 * search from starting again at each place in a long run.)
 */
const EDGE = "[\\s\\u00AD\\u061C\\u200B\\u200E\\u200F\\u2060]";
const EDGES = new RegExp(`^${EDGE}+|(?<!${EDGE})${EDGE}+$`, "gu");

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether a text has characters that are invisible, or that change the direction of the text beside it. */
export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text.replace(PART_OF_SOMETHING, "")) || TOO_MANY_MARKS.test(text) || /^\p{M}/u.test(text);
}

/** The number of characters that a person sees: a family emoji is one. */
export function lengthOf(text: string): number {
  return [...GRAPHEMES.segment(text)].length;
}

/** Normalises a text to one line in NFC. Each run of white space becomes a space. */
export function oneLine(text: string): string {
  return text
    .normalize("NFC")
    .replace(EDGES, "")
    .replace(/[^\S\uFEFF]+/g, " ");
}

/**
 * Normalises a text of several lines to NFC, with "\n" between them. Forms send CRLF (HTML,
 * "constructing the entry list").
 */
export function severalLines(text: string): string {
  const lines = text.normalize("NFC").replace(/\r\n?/g, "\n").split("\n");
  return lines
    .map((line) => line.replace(/(?<![^\S\uFEFF])[^\S\uFEFF]+$/, ""))
    .join("\n")
    .replace(/^\n+|(?<!\n)\n+$/g, "");
}
