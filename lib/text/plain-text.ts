/**
 * Characters that show nothing, or change what stands around them: controls,
 * directions of text (UAX 9), zero-width ones, fillers, tags, what Unicode has not
 * assigned, and halves of characters. RFC 8264 §9 refuses the same. New emoji may
 * be newer than this Node.js, so the places reserved for them are let through.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFC\u{1D159}]|(?!\p{Extended_Pictographic})\p{Cn}/u;

/** Scripts in which joiners and variation selectors belong to the spelling (RFC 5892, appendix A). */
const JOINING =
  "\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mand}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}\\p{scx=Mong}";

/** Where such a character is part of what is seen. */
const PART_OF_SOMETHING = new RegExp(
  [
    // A flag, such as that of Scotland (UTS 51, ED-14a).
    "\\u{1F3F4}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{1,6}\\u{E007F}",
    // An emoji: shown in colour or not, joined to the next one.
    "(?<=[\\p{Emoji}\\p{Extended_Pictographic}])[\\uFE0E\\uFE0F]",
    "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})",
    // A joiner within a word, or at the end of one after a vowel sign.
    `(?<=[${JOINING}])[\\u200C\\u200D](?=[${JOINING}])`,
    `(?<=(?=[${JOINING}])\\p{M})[\\u200C\\u200D]`,
    // Variants of Mongolian letters and of Chinese characters.
    "(?<=\\p{scx=Mong})[\\u180B-\\u180F]",
    "(?<=\\p{Script=Han})[\\uFE00-\\uFE02\\u{E0100}-\\u{E01EF}]",
  ].join("|"),
  "gu",
);

/** More marks than this on one letter run into the lines above and below. */
const TOO_MANY_MARKS = /\p{M}{9}/u;

/** At the ends of a pasted text these are an accident, and change nothing. (Looking back keeps a long run from being tried at each of its places.) */
const EDGE = "[\\s\\u00AD\\u061C\\u200B\\u200E\\u200F\\u2060]";
const EDGES = new RegExp(`^${EDGE}+|(?<!${EDGE})${EDGE}+$`, "gu");

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Whether a text has characters that cannot be seen, or that turn round the text beside it. */
export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text.replace(PART_OF_SOMETHING, "")) || TOO_MANY_MARKS.test(text) || /^\p{M}/u.test(text);
}

/** How many characters a person sees in a text: a family of four is one. */
export function lengthOf(text: string): number {
  return [...GRAPHEMES.segment(text)].length;
}

/** A text as one line, in NFC: each run of white space is a space. */
export function oneLine(text: string): string {
  return text
    .normalize("NFC")
    .replace(EDGES, "")
    .replace(/[^\S\uFEFF]+/g, " ");
}

/** A text of several lines, in NFC: a form sends their ends as CRLF (HTML, "constructing the entry list"). */
export function severalLines(text: string): string {
  const lines = text.normalize("NFC").replace(/\r\n?/g, "\n").split("\n");
  return lines
    .map((line) => line.replace(/(?<![^\S\uFEFF])[^\S\uFEFF]+$/, ""))
    .join("\n")
    .replace(/^\n+|(?<!\n)\n+$/g, "");
}
