/** The messages of commander, and whole sentences for them. */
const SENTENCES: [message: RegExp, sentence: string][] = [
  [/^unknown command '(.*)'/s, 'The command "$1" does not exist.'],
  [/^unknown option '(.*)'/s, "The option $1 does not exist."],
  [/^missing required argument '(.*)'$/, "The argument <$1> is missing."],
  [/^option '(.*)' argument missing$/, "The option $1 needs a value."],
  [/^required option '(.*)' not specified$/, "The option $1 is required."],
  [/^option '(.*)' cannot be used with option '(.*)'$/, "The options $1 and $2 cannot be used together."],
  [/^option '([^']*)' argument '(.*?)' is invalid\./s, 'The value "$2" of $1 is invalid.'],
  [/^command-argument value '(.*?)' is invalid for argument '([^']*)'\./s, 'The value "$1" of <$2> is invalid.'],
  [/^too many arguments for '(.*)'. Expected 0 arguments but got \d+\.$/, 'The command "$1" takes no arguments.'],
  [/^too many arguments for '(.*)'. Expected (.*) but got (\d+)\.$/, 'The command "$1" takes $2, but was given $3.'],
];

/** Makes whole sentences of an error message of commander. Returns our own messages unchanged. */
export function asSentences(message: string): string {
  const [said = "", suggestion] = message.replace(/^error: /, "").split(/\n\((?=Did you mean [^\n]*\?\)$)/);
  const [pattern, sentence] = SENTENCES.find(([pattern]) => pattern.test(said)) ?? [];
  const whole = pattern && sentence ? said.replace(pattern, sentence) : said;
  return suggestion ? `${whole} ${suggestion.slice(0, -1)}` : whole;
}
