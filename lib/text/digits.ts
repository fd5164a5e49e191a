const DIGIT = /^\p{Nd}$/u;

/** The digits in a text, as "0" to "9", whatever script they are in and whatever separates them. */
export function digitsOf(text: string): string {
  return [...text.normalize("NFKC")]
    .filter((letter) => DIGIT.test(letter))
    .map(asNumber)
    .join("");
}

/** In Unicode, the ten digits of a script follow one another (The Unicode Standard, §4.6). */
function asNumber(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (DIGIT.test(String.fromCodePoint(code - value - 1))) value += 1;
  return value % 10;
}
