/**
 * Whether a key belongs to an IME composition, as in Korean, Japanese or Chinese.
 * A page must not act on such a key. Safari ends the composition before it reports
 * the key that ended it, and marks that key with the code 229.
 */
export function isComposing({ isComposing, keyCode }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229;
}
