/** The individual lists of the package, which it has no types for. */
declare module "@zxcvbn-ts/language-en/dist/*.json.mjs" {
  const entries: string[];
  export default entries;
}
