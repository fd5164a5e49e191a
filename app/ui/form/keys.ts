/**
 * Whether a key belongs to the composition of a letter, as in Korean, Japanese or
 * Chinese: then it is nothing that a page should act on. Safari ends a composition
 * before it tells of the key that ended it, and marks that key by the code 229.
 */
export function isComposing({ isComposing, keyCode }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229;
}
