// Searches the output of the tests and their servers for secrets. It has its own patterns
// instead of those in lib/redact, which keeps secrets out, so that a mistake there is noticed.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The kinds of secrets, with the pattern of each. */
const LOOKS: Record<string, RegExp> = {
  "a seal": /Fe26\.2/,
  "the token of a link": /(token|ticket)(=|%(25)*3D)(?!\[redacted\])[\w-]/i,
  "a token": /(^|[^\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{43}(?![\w-])/,
  "a cookie": /(set-)?cookie["']?\s*[:,=]\s*\[?\s*["']?(?!\[redacted\])[\w-]+=/i,
  "the value of a cookie": /\b(__Host-)?(session|device)(-\d+)?(-ending)?=(?!\[redacted\])[\w%]/,
  "an address that a mail goes to": /[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}(@|%40)example/i,
};

/** Lines that every complete log has: one at the lowest level, and a request. */
const LOGGED = [/^\{"level":"trace"/m, /^\{.*"msg":"answered"/m];

/** A secret that was printed: its kind, and the number of its line. */
type Find = { what: string; line: number };

/** Finds the secrets in a text: anything that matches a pattern, and these known secrets. */
export function findSecrets(text: string, secrets: readonly string[]): Find[] {
  return text.split("\n").flatMap((line, index) => {
    const plain = [line, ...(line.includes("%") ? [line.replaceAll("%20", " ")] : [])].join("\n");
    const looks = Object.entries(LOOKS).flatMap(([what, look]) => (look.test(plain) ? what : []));
    const known = secrets.some((secret) => plain.includes(secret)) ? ["a password or secret of the tests"] : [];
    return [...looks, ...known].map((what) => ({ what, line: index + 1 }));
  });
}

/** The passwords in the source of a test, recognised by their position. */
export function passwordsIn(source: string): string[] {
  const named = /(?:password|\bOTHER)\w*"?\s*[:=]\s*"([^"]{12,})"/gi;
  const typed = /password[^\n]{0,80}\.fill\("([^"]{12,})"\)/gi;
  return [named, typed].flatMap((pattern) => [...source.matchAll(pattern)].map(([, password = ""]) => password));
}

/**
 * Returns one line for each fault of the logs in `folder`: a secret, or a log that is
 * missing or empty. `usual` is the log that must exist and contain the tests' requests.
 */
export function faultsOfPrinted(folder: string, usual: string, secrets: readonly string[]): string[] {
  const files = readdirSync(folder).sort();
  const texts = files.map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  const isLogged = texts.some(({ file, text }) => file === usual && LOGGED.every((line) => line.test(text)));
  const found = texts.flatMap(({ file, text }) => {
    const finds = findSecrets(text, secrets).map(({ what, line }) => `${what}: ${join(folder, file)}, line ${line}`);
    return text ? finds : [`nothing was printed: ${join(folder, file)}`];
  });
  return isLogged ? found : [`the log of the tests' server is missing: ${join(folder, usual)}`, ...found];
}
