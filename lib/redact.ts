const BLANK = "[redacted]";

/** Names of headers, form fields and settings whose values are secret. */
const NAMES =
  "(?:set-)?cookie|(?:proxy-)?authorization|[\\w-]*password\\w*|\\w*secret|[\\w-]*token|ticket|passwd|pepper";

const STRING = '"(?:[^"\\\\]|\\\\.)*"';

/** Where a name or a token can begin: not inside a word. A JSON escape or a percent-encoded byte ends a word, too. */
const START = "(?<=^|[^\\w-]|\\\\[nrtbf]|\\\\u[\\da-f]{4}|%[\\dA-F]{2})";

/** What to blank, and the replacement. */
const SECRETS: [RegExp, string][] = [
  // A member of an object, or an entry in a list of names and values, as JSON. Then JSON inside a string.
  [new RegExp(`"(${NAMES})"([:,])(?:${STRING}|\\[(?:${STRING},?)*\\])`, "gi"), `"$1"$2"${BLANK}"`],
  [new RegExp(`\\\\"(${NAMES})\\\\":\\s*\\\\"(?:(?!\\\\").)*\\\\"`, "gi"), `\\"$1\\":\\"${BLANK}\\"`],
  // A header, or a member as Node prints objects.
  [
    new RegExp(`${START}(?<!")(${NAMES})'?:\\s+(?:'[^']*'|\\[[^\\]"]{0,999}\\]|[^"'\\\\\\n\\r[{]+)`, "gi"),
    `$1: ${BLANK}`,
  ],
  // A seal by iron-session, whatever its content.
  [/Fe26\.2(?:\*|%2A)[\w*~.%-]*/gi, BLANK],
  // The token in an emailed link, also when that link is the `next` parameter of another address.
  [/(token|ticket)(=|%(?:25)*3D)[^\s"'\\&<>]+/gi, `$1$2${BLANK}`],
  // The password in the URL of a database or a mail server.
  [/(:\/\/[^\s:@/"'\\]*:)[^\s@/"'\\]+@/g, `$1${BLANK}@`],
  // A token: 256 bits in base64url. A text without a capital or without a small letter is a name:
  // only one token in 10^9 looks like that.
  [new RegExp(`${START}(?=[\\w-]*[A-Z])(?=[\\w-]*[a-z])[\\w-]{43}(?![\\w-])`, "g"), BLANK],
];

/**
 * Blanks everything in a text that looks like a secret of this application, and these `known`
 * secrets. For log lines and the like. Valid JSON stays valid.
 */
export function redact(text: string, known: readonly string[] = []): string {
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, BLANK), text);
  return SECRETS.reduce((rest, [secret, instead]) => rest.replace(secret, instead), without);
}
