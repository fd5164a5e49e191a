// Everything in a request that a client can choose, read from the build and the
// sources: new pages, parameters, actions and fields are included automatically.

import { existsSync, readFileSync } from "node:fs";
import { FILTERS } from "@/lib/ledger/filter";
import { BIND, PROVE } from "@/lib/session/dbsc/messages";
import { ROUTES as API } from "@/server/api/routes";

const BUILD = String(process.env.BUILD_DIR);

function built(file: string) {
  return JSON.parse(readFileSync(`${BUILD}/${file}`, "utf8"));
}

/** Every route, keyed by its file below `app`. */
const ROUTE_OF: Record<string, string> = built("app-path-routes-manifest.json");

/** The paths that the server handles before Next.js. */
const OF_SERVER = [...Object.keys(API), "/api/events", BIND, PROVE, "/healthz", "/readyz", "/metrics"];

/** Every route, with its dynamic segments in brackets. */
export const ROUTES = [...Object.values(ROUTE_OF), ...OF_SERVER];

/** The fields that select sessions, and those that confirm the selection. */
const SELECTION = { MEANT: rulesOf("MEANT"), CONFIRMED: rulesOf("CONFIRMED") };

/** The filters of the activity, and the cursor of its pages. */
const ACTIVITY = ["kind", ...FILTERS, "before"];

/** Routes that pass their `searchParams` on, with the query parameters that are read elsewhere. */
const HANDED_ON: Record<string, string[]> = {
  "/activity": ACTIVITY,
  "/activity/export": [...ACTIVITY, "format"],
  "/admin/users": ["search", "role", "state", "after", "size", "sort"],
  "/admin/sessions/end": SELECTION.MEANT,
};

/** The query parameters that the API reads. */
const OF_API = [
  ["/api/verify", ["redirect", "page"]],
  ["/api/receipt", ["id"]],
] as const;

/** The ways in which a page or a route reads a parameter. The group captures its name. */
const READS = [
  /\bquery\.(\w+)/g,
  /\(await searchParams\)\.(\w+)/g,
  /\bsearchParams\.get\("([\w-]+)"\)/g,
  /"([\w-]+)" in query\b/g,
];

/** Code that mentions the parameters without reading one. */
const MENTIONS =
  /\{ searchParams \}: PageProps<|const query = await searchParams;|const \{ searchParams \} = new URL|query=\{/g;

/** The query parameters that each route reads. Throws if a route reads its query in a way that is not listed above. */
export function parameters(): Map<string, string[]> {
  const found = new Map<string, string[]>(OF_API.map(([route, names]) => [route, [...names]]));
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

/** The fields of actions whose form is read by a function elsewhere. */
const FIELDS_ELSEWHERE: Record<string, string[]> = {
  login: ["email", "password", "public", "next"],
  resendEmailChange: ["email"],
  confirm: ["password", "code", "next"],
};

export type Action = {
  id: string;
  name: string;
  /** The route of a page that uses it. */
  route: string;
  fields: string[];
  /** Whether it takes its previous state as first argument, before the form. */
  hasState: boolean;
};

/** Every action that takes a form, with the fields that it reads. Throws if it cannot tell them. */
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
    ...names(action, /\bparseRepeated\(form, "(\w+)"/g),
    ...(/\bMEANT\b/.test(rules) ? SELECTION.MEANT : []),
    ...(/\bCONFIRMED\b/.test(rules) ? SELECTION.CONFIRMED : []),
    ...names(rules, /(\w+): [A-Z]/g),
  ]);
}

/** The source of a page or a route; empty for one that Next.js generates. */
function sourceOf(file: string): string {
  const path = [`${file}.tsx`, `${file}.ts`].find((path) => existsSync(path));
  return path ? readFileSync(path, "utf8") : "";
}

/** The field names in a list of rules in `app/admin/sessions/meant.ts`. */
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
