// Looks through what the tests' servers, and the tests, have printed: nothing
// secret may be in it. Knows the secrets by their looks, and not by the code that
// is to keep them out (lib/redact), so that one mistake is not made twice.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is secret, by its looks. */
const LOOKS: Record<string, RegExp> = {
  "a seal": /Fe26\.2/,
  "the token of a link": /(token|ticket)(=|%(25)*3D)(?!\[redacted\])[\w-]/i,
  "a token": /(^|[^\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{43}(?![\w-])/,
  "a cookie": /(set-)?cookie["']?\s*[:,=]\s*\[?\s*["']?(?!\[redacted\])[\w-]+=/i,
  "the value of a cookie": /\b(__Host-)?(session|device)(-\d+)?(-ending)?=(?!\[redacted\])[\w%]/,
  "an address that a mail goes to": /[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}(@|%40)example/i,
};

/** Lines without which a log is not one of everything: that it begins with the least of all levels, and a request. */
const LOGGED = [/^\{"level":"trace"/m, /^\{.*"msg":"answered"/m];

/** A secret that was printed: what it is, and in which line. */
type Find = { what: string; line: number };

/** What is secret in a text: by its looks, or because it is one of these. */
export function findSecrets(text: string, secrets: readonly string[]): Find[] {
  return text.split("\n").flatMap((line, index) => {
    const plain = [line, ...(line.includes("%") ? [line.replaceAll("%20", " ")] : [])].join("\n");
    const looks = Object.entries(LOOKS).flatMap(([what, look]) => (look.test(plain) ? what : []));
    const known = secrets.some((secret) => plain.includes(secret)) ? ["a password or secret of the tests"] : [];
    return [...looks, ...known].map((what) => ({ what, line: index + 1 }));
  });
}

/** The passwords that tests type, by where they stand in their sources. */
export function passwordsIn(source: string): string[] {
  const named = /(?:password|\bOTHER)\w*"?\s*[:=]\s*"([^"]{12,})"/gi;
  const typed = /password[^\n]{0,80}\.fill\("([^"]{12,})"\)/gi;
  return [named, typed].flatMap((pattern) => [...source.matchAll(pattern)].map(([, password = ""]) => password));
}

/**
 * Says what is wrong with the files in `folder`, a line for each: what is secret
 * in them, and that there is nothing to look through. `usual` is the one that has
 * to be there, with the requests of the tests in it.
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
