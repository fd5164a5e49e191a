/** The lists of the package one by one, which it does not describe. */
declare module "@zxcvbn-ts/language-en/dist/*.json.mjs" {
  const entries: string[];
  export default entries;
}
