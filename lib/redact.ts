const BLANK = "[redacted]";

/** Names whose values are nobody's business, in headers, forms and settings. */
const NAMES =
  "(?:set-)?cookie|(?:proxy-)?authorization|[\\w-]*password\\w*|\\w*secret|[\\w-]*token|ticket|passwd|pepper";

const STRING = '"(?:[^"\\\\]|\\\\.)*"';

/** Where a word can begin: not within another one; what JSON writes for a sign ends one, too. */
const START = "(?<=^|[^\\w-]|\\\\[nrtbf]|\\\\u[\\da-f]{4}|%[\\dA-F]{2})";

/** What is blanked, and what is written instead. */
const SECRETS: [RegExp, string][] = [
  // A member of an object, or one of a list of names and values, as JSON; and JSON within a text.
  [new RegExp(`"(${NAMES})"([:,])(?:${STRING}|\\[(?:${STRING},?)*\\])`, "gi"), `"$1"$2"${BLANK}"`],
  [new RegExp(`\\\\"(${NAMES})\\\\":\\s*\\\\"(?:(?!\\\\").)*\\\\"`, "gi"), `\\"$1\\":\\"${BLANK}\\"`],
  // A header, or a member as Node prints objects.
  [
    new RegExp(`${START}(?<!")(${NAMES})'?:\\s+(?:'[^']*'|\\[[^\\]"]{0,999}\\]|[^"'\\\\\\n\\r[{]+)`, "gi"),
    `$1: ${BLANK}`,
  ],
  // A seal, whatever it seals.
  [/Fe26\.2(?:\*|%2A)[\w*~.%-]*/gi, BLANK],
  // The link in a mail, also as the address to go to next.
  [/(token|ticket)(=|%(?:25)*3D)[^\s"'\\&<>]+/gi, `$1$2${BLANK}`],
  // The password in the address of a database or a mail server.
  [/(:\/\/[^\s:@/"'\\]*:)[^\s@/"'\\]+@/g, `$1${BLANK}@`],
  // A token: 256 bits in base64url. What has no capital, or no small letter, is a name; of tokens, one in 10^9.
  [new RegExp(`${START}(?=[\\w-]*[A-Z])(?=[\\w-]*[a-z])[\\w-]{43}(?![\\w-])`, "g"), BLANK],
];

/**
 * A text, such as a line of the log, without whatever looks like a secret of
 * this application, and without these `known` ones. What was JSON stays JSON.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, BLANK), text);
  return SECRETS.reduce((rest, [secret, instead]) => rest.replace(secret, instead), without);
}
