/** Letters that are written from right to left, and characters that turn the direction. */
const TURNING =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Characters that turn or isolate the text after them, until another one ends that. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text that somebody else wrote, for a place without markup: it does not move
 * what stands beside it (Unicode Standard Annex #9, first strong isolate). Most
 * texts come back as they are.
 */
export function isolated(text: string): string {
  return TURNING.test(text) ? `\u2068${text.replace(CONTROLS, "")}\u2069` : text;
}
