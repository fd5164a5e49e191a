// What a client can choose of a request, as the build and the sources have it: a
// new page, parameter, action or field is here by itself.

import { existsSync, readFileSync } from "node:fs";

const BUILD = String(process.env.BUILD_DIR);

function built(file: string) {
  return JSON.parse(readFileSync(`${BUILD}/${file}`, "utf8"));
}

/** Every route, by the name of its file below `app`. */
const ROUTE_OF: Record<string, string> = built("app-path-routes-manifest.json");

/** The addresses that the server answers before Next.js. `e2e/http/guards.spec.ts` holds the list against docs/access.md. */
const OF_SERVER = ["/api/events", "/healthz", "/readyz", "/metrics"];

/** Every route that there is, with its dynamic segments in brackets. */
export const ROUTES = [...Object.values(ROUTE_OF), ...OF_SERVER];

/** The fields that say which sessions are meant, and what was confirmed. */
const SELECTION = { MEANT: rulesOf("MEANT"), CONFIRMED: rulesOf("CONFIRMED") };

/** Query parameters that are read out of sight of where `searchParams` stands. */
const HANDED_ON: Record<string, string[]> = {
  "/admin/users": ["search", "role", "state", "after"],
  "/admin/sessions/end": SELECTION.MEANT,
  "/api/verify": ["redirect", "page"],
};

/** The ways in which a page or a route reads one parameter, whose name is in the parentheses. */
const READS = [
  /\bquery\.(\w+)/g,
  /\(await searchParams\)\.(\w+)/g,
  /\bsearchParams\.get\("([\w-]+)"\)/g,
  /"([\w-]+)" in query\b/g,
];

/** What mentions the parameters and reads none. */
const MENTIONS =
  /\{ searchParams \}: PageProps<|const query = await searchParams;|const \{ searchParams \} = new URL|query=\{/g;

/** The query parameters that each route reads. Throws for one that is read in a way that nobody has told of here. */
export function parameters(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [file, route] of Object.entries(ROUTE_OF)) {
    const source = sourceOf(`app${file}`);
    if (!/\bsearchParams\b/.test(source)) continue;

    const rest = READS.reduce((text, read) => text.replaceAll(read, ""), source).replaceAll(MENTIONS, "");
    if (/\b(query|searchParams)\b/.test(rest) !== route in HANDED_ON)
      throw new Error(`${file} reads its query in a way that e2e/support/inputs.ts does not know`);
    found.set(route, HANDED_ON[route] ?? unique(READS.flatMap((read) => names(source, read))));
  }
  return found;
}

/** The fields of actions that have their form read by somebody else. */
const FIELDS_ELSEWHERE: Record<string, string[]> = {
  login: ["email", "password", "public", "next"],
  resendEmailChange: ["email"],
};

export type Action = {
  id: string;
  name: string;
  /** The route of a page that it is on. */
  route: string;
  fields: string[];
  /** Whether it is given the state that it returned before, and the form after that. */
  hasState: boolean;
};

/** Every action that takes a form, with the fields that it reads. Throws for one that reads them in a way that nobody has told of here. */
export function actions(): Action[] {
  type Entry = { exportedName: string; filename: string; workers: Record<string, unknown> };
  const { node } = built("server/server-reference-manifest.json") as { node: Record<string, Entry> };

  return Object.entries(node).flatMap(([id, { exportedName: name, filename, workers }]) => {
    const source = readFileSync(filename, "utf8").split(/^(?=export )/m);
    const text = source.find((part) => part.startsWith(`export async function ${name}(`)) ?? "";
    if (!text.includes("form: FormData")) return [];

    const fields = FIELDS_ELSEWHERE[name] ?? fieldsOf(text);
    const [page = ""] = Object.keys(workers);
    const route = ROUTE_OF[page.replace(/^app/, "")];
    if (!route || fields.length === 0) throw new Error(`${name} is an action that e2e/support/inputs.ts does not know`);
    return { id, name, route, fields, hasState: text.includes("(_previous") };
  });
}

function fieldsOf(action: string): string[] {
  const [, rules = ""] = /\bparseFields\(form, (.*)\)/.exec(action) ?? [];
  return unique([
    ...names(action, /\breadForm\(form, \["(\w+)"\]/g),
    ...(/\bMEANT\b/.test(rules) ? SELECTION.MEANT : []),
    ...(/\bCONFIRMED\b/.test(rules) ? SELECTION.CONFIRMED : []),
    ...names(rules, /(\w+): [A-Z]/g),
  ]);
}

/** The source of a page or a route; nothing for one that Next.js makes itself. */
function sourceOf(file: string): string {
  const path = [`${file}.tsx`, `${file}.ts`].find((path) => existsSync(path));
  return path ? readFileSync(path, "utf8") : "";
}

/** The names in a list of rules of `app/admin/sessions/meant.ts`. */
function rulesOf(list: string): string[] {
  const [, rules = ""] =
    new RegExp(`^export const ${list}\\b.*= {\\n(.*?)^};`, "ms").exec(
      readFileSync("app/admin/sessions/meant.ts", "utf8"),
    ) ?? [];
  const found = names(rules, /^ {2}(\w+):/gm);
  if (found.length === 0) throw new Error(`app/admin/sessions/meant.ts has no ${list}`);
  return found;
}

function names(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = ""]) => name);
}

function unique<T>(all: T[]): T[] {
  return [...new Set(all)];
}
