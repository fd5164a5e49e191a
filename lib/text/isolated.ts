/** Letters of right-to-left scripts, and characters that change the direction of text. */
const TURNING =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Characters that override or isolate the direction of the text after them, until another one ends that. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Isolates a text that another person wrote, so that it does not move the text beside it (Unicode
 * Standard Annex #9, first strong isolate). For places without markup. Most texts come back
 * unchanged.
 */
export function isolated(text: string): string {
  return TURNING.test(text) ? `\u2068${text.replace(CONTROLS, "")}\u2069` : text;
}
