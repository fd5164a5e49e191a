import { readFileSync } from "node:fs";
import { parseSync } from "oxc-parser";
import { catalogueOf, localesOf } from "@/lib/i18n/compile";
import { sourcesOf } from "@/testing/imports";

/** The missing and the unused messages of the catalogues, one line each. An unknown key in the code is a type error instead. */
export function faultsOfCatalogues(): string[] {
  const [first = "en", ...others] = localesOf();
  const keys = keysOf(first);
  const { whole, beginnings } = textsOfSources();
  const isUsed = (key: string) => whole.has(key) || beginnings.some((text) => key.startsWith(text));
  const unused = keys.filter((key) => !isUsed(key)).map((key) => `lib/i18n/${first}.json: nothing uses "${key}"`);
  return [...unused, ...others.flatMap((locale) => difference(keys, keysOf(locale), locale))];
}

/** The keys of a catalogue, in the order of the file. */
export function keysOf(locale: string): string[] {
  return Object.entries(catalogueOf(locale)).flatMap(([section, entries]) =>
    Object.keys(entries).map((name) => `${section}.${name}`),
  );
}

function difference(keys: string[], own: string[], locale: string): string[] {
  const file = `lib/i18n/${locale}.json`;
  const missing = keys.filter((key) => !own.includes(key)).map((key) => `${file}: "${key}" is missing`);
  const extra = own.filter((key) => !keys.includes(key)).map((key) => `${file}: "${key}" is in no other language`);
  const found = [...missing, ...extra];
  return found.length > 0 || keys.join() === own.join() ? found : [`${file}: the messages are in another order`];
}

/** All string literals in the sources, and the beginnings of templates such as `ending.${reason}`. */
function textsOfSources(): { whole: Set<string>; beginnings: string[] } {
  const whole = new Set<string>();
  const beginnings: string[] = [];
  for (const file of sourcesOf(["app", "lib", "server", "cli"]))
    visit(parseSync(file, readFileSync(file, "utf8")).program, (node) => {
      if (node.type === "Literal" && typeof node.value === "string") whole.add(node.value);
      const [start, end] = (node.type === "TemplateLiteral" && node.quasis) || [];
      if (start && end) beginnings.push(start.value.cooked);
    });
  return { whole, beginnings: beginnings.filter((text) => /^\w+\.[\w-]*$/.test(text)) };
}

// biome-ignore lint/suspicious/noExplicitAny: any node of the syntax tree
function visit(node: any, look: (node: any) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, look);
  else if (node && typeof node === "object") {
    if ("type" in node) look(node);
    for (const each of Object.values(node)) visit(each, look);
  }
}
