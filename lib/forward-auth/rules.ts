import { asciiHost } from "@/lib/text/ascii-host";

// Who may use which application behind the proxy: the setting VERIFY_RULES.

/** What a rule can ask for. An administrator is a user too; `public` lets everybody in, unasked. */
const GROUPS = ["public", "user", "admin"] as const;

export type Group = (typeof GROUPS)[number];

/** Who may see a host, or the part of it at and below a path. */
export type VerifyRule = {
  /** In lower case and ASCII; one that begins with `*.` stands for all hosts below it, however deep. */
  host: string;
  /** Without a slash at its end; empty for all of the host. */
  path: string;
  /** The methods that it is about; undefined for all that no other rule of this place names. */
  methods: string[] | undefined;
  groups: Group[];
};

/** Where somebody wants to go: the host and the path with its query, as they were sent, and what they want to do there. */
export type Place = {
  host: string;
  uri: string;
  method?: string;
  /** What headers ask the application to take the method and the address for instead (`X-HTTP-Method-Override`, `X-Original-URL`). */
  otherMethods?: string[];
  otherUris?: string[];
};

/** Whether somebody may go there, and if not, who may: nobody, where the list is empty. Null is for an address that readers do not agree on. */
type Verdict = { isAllowed: true } | { isAllowed: false; needed: Group[] | null };

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const RULE = new RegExp(`^(?<host>(\\*\\.)?${LABEL}(\\.${LABEL})*)(?<path>(/[^/]*)*)$`, "i");

/** The methods of HTTP, of WebDAV and of CalDAV. A rule with a misspelled one would be about nothing. */
const METHODS =
  "GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND PROPPATCH MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK REPORT SEARCH".split(
    " ",
  );

/** What makes a path readable in more than one way. */
const AMBIGUOUS = /\/\/|\/\.{1,2}(\/|$)|[\\%;?#\p{Cc}]/u;

/** A path that is longer, or has more readings or more letters in all of them, is refused: we look at each. */
const LONGEST_PATH = 2048;
const MOST_READINGS = 200;
const MOST_LETTERS = 100_000;

/** A request that asks to be taken for more methods is refused. */
const MOST_METHODS = 5;

/** What has no place in a request target (RFC 9112 §3.2). A second `X-Forwarded-Uri` arrives behind a comma and a space. */
const NOT_IN_TARGET = /[#\0- \x7f]/;

/** A percent sign that encodes nothing: readers do not agree on what it is. */
const LONE_PERCENT = /%(?![\da-f]{2})/i;

/**
 * Reads VERIFY_RULES, `HOST[/PATH] [METHOD,METHOD] GROUP[,GROUP]` between
 * semicolons or new lines. Comes back with the most specific rule first. Throws
 * an Error that shows the entry that is wrong.
 *
 * A rule has no port: the client writes the one in `Host`, and a proxy finds the
 * application without it. With another port it would be judged by another rule.
 */
export function parseRules(text: string): VerifyRule[] {
  const entries = text.split(/[;\n]/).flatMap((entry) => entry.trim() || []);
  if (entries.length === 0) throw new Error("has no entry");

  const known = new Set<string>();
  const rules = entries.map((entry) => {
    const rule = parseRule(entry);
    for (const about of rule.methods ?? ["all"]) {
      const place = `${rule.host}${folded(rule.path)} ${about}`;
      if (known.has(place)) throw new Error(`names one place twice: ${entry}`);
      known.add(place);
    }
    return rule;
  });
  return rules.sort(bySpecificity);
}

function parseRule(entry: string): VerifyRule {
  const [place = "", ...rest] = entry.split(/\s+/);
  const { host = "", path = "" } = RULE.exec(place.replace(/^[^/]+/, asciiHost))?.groups ?? {};
  const [list = "", methods] = rest.reverse();
  const groups = list.split(",").filter(isGroup);
  const isWhole = rest.length <= 2 && groups.length === list.split(",").length;
  if (!host || AMBIGUOUS.test(path) || !isWhole)
    throw new Error(`has an entry that is not a host, perhaps a path, and public, user or admin: ${entry}`);
  return {
    host,
    path: path.replace(/\/$/, ""),
    methods: methods ? parseMethods(methods, entry) : undefined,
    groups,
  };
}

/** The methods that a rule names; GET is HEAD too. */
function parseMethods(list: string, entry: string): string[] {
  const methods = list.split(",");
  if (methods.some((method) => !METHODS.includes(method)))
    throw new Error(`has an entry with a method that is none of ${METHODS.join(", ")}: ${entry}`);
  return methods.includes("GET") ? [...new Set([...methods, "HEAD"])] : methods;
}

function isGroup(text: string): text is Group {
  return (GROUPS as readonly string[]).includes(text);
}

/** A host by its name comes before those below another one, a longer name before a shorter, then a longer path, then one with methods. */
function bySpecificity(one: VerifyRule, other: VerifyRule): number {
  return (
    Number(isWildcard(one)) - Number(isWildcard(other)) ||
    other.host.length - one.host.length ||
    other.path.length - one.path.length ||
    Number(!one.methods) - Number(!other.methods)
  );
}

function isWildcard({ host }: VerifyRule): boolean {
  return host.startsWith("*.");
}

/**
 * Whether a member of these groups may go to a place. Without rules everybody
 * may go everywhere; with them the most specific one decides, and where none
 * applies nobody may.
 *
 * A proxy and the application behind it do not always agree on what an address
 * means, so each way to read it has to be allowed (CWE-436).
 */
export function judge(rules: VerifyRule[] | null, place: Place | null, groups: Group[]): Verdict {
  if (urisOf(place).some((uri) => uri.includes("#"))) return { isAllowed: false, needed: null };
  if (!rules) return { isAllowed: true };
  const host = place && hostOf(place.host);
  if (!host) return { isAllowed: false, needed: [] };

  const deciding = rulesFor(
    place,
    rules.filter((rule) => isOfHost(rule, host)),
  );
  if (!deciding) return { isAllowed: false, needed: null };
  const isRefusing = (rule: VerifyRule | null) => !rule?.groups.some((group) => ["public", ...groups].includes(group));
  if (!deciding.some(isRefusing)) return { isAllowed: true };
  return { isAllowed: false, needed: deciding.find(isRefusing)?.groups ?? [] };
}

/** The rules of a host that decide on a place, one for each way to read it: null in place of one that is missing, or of all when nobody can tell. */
function rulesFor(place: Place, rules: VerifyRule[]): (VerifyRule | null)[] | null {
  const uris = urisOf(place);
  if (uris.some((uri) => !uri.startsWith("/") || NOT_IN_TARGET.test(uri))) return null;
  // Where no rule has a path, nobody has to read one.
  const readings = rules.every(({ path }) => path === "") ? ["/"] : allReadings(uris);
  const methods = rules.some((rule) => rule.methods) ? methodsOf(place) : [""];
  if (!readings || methods.length > MOST_METHODS) return null;

  const foldedRules = rules.map((rule) => ({ ...rule, path: folded(rule.path) }));
  return methods.flatMap((method) =>
    readings.flatMap((path) => [mostSpecific(rules, path, method), mostSpecific(foldedRules, folded(path), method)]),
  );
}

/** The rule of the most specific place that has one; where that names methods, of this one. */
function mostSpecific(rules: VerifyRule[], path: string, method: string): VerifyRule | null {
  const first = rules.find((rule) => isAtOrBelow(path, rule.path));
  const ofPlace = rules.filter((rule) => rule.host === first?.host && rule.path === first.path);
  return ofPlace.find(({ methods }) => !methods || methods.includes(method)) ?? null;
}

/** What the application may take the address for. */
function urisOf(place: Place | null): string[] {
  return place ? [place.uri, ...(place.otherUris ?? [])] : [];
}

/** What the application may take the method for: frameworks let a form say another one than it is sent with. */
function methodsOf({ method = "", otherMethods = [], uri }: Place): string[] {
  const [, query] = uri.split(/\?(.*)/s);
  const asked = new URLSearchParams(query).getAll("_method");
  return [...new Set([method, ...otherMethods, ...asked].map((name) => name.trim().toUpperCase()))];
}

/** The name in a `Host`, in lower case, without the port and the dot that may end it; null when it is none. */
function hostOf(host: string): string | null {
  return /^([a-z0-9._-]*[a-z0-9_-]|\[[\da-f:.]+\])\.?(:\d{0,5})?$/.exec(host.toLowerCase())?.[1] ?? null;
}

function isOfHost(rule: VerifyRule, host: string): boolean {
  return isWildcard(rule) ? host.endsWith(rule.host.slice(1)) : host === rule.host;
}

/** Below a path is what follows it after a slash: /administrator is not below /admin. */
function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}

/** What one reader or another makes of a path. Each may do some of this, in any order and more than once. */
const STEPS: ((path: string) => string)[] = [
  // Windows, and servers that take a letter for the nearest one that they know.
  (path) => path.replace(/[\\\u2044\u2215\u2216]/g, "/"),
  (path) => path.normalize("NFKC"),
  // What follows two slashes is a host to who takes this for a reference (RFC 3986 §4.2).
  (path) => path.replace(/^\/\/[^/]*(?=\/)/, ""),
  (path) => path.replace(/\/{2,}/g, "/"),
  // Parameters of a segment (RFC 3986 §3.3), or of the whole path.
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/;.*$/s, ""),
  (path) => path.replace(/[?#].*$/s, ""),
  // Windows drops spaces and dots at a name's end, and knows streams of a file.
  (path) => path.replace(/(?<=[^/. ])[. ]+(?=\/|$)/g, ""),
  (path) => path.replace(/:[^/]*/g, ""),
  // Spaces around a name, also in the letter that forms have for one.
  (path) => path.replace(/(?<![+\s])[+\s]+(?=\/|$)|(?<=\/)[+\s]+/g, ""),
  // Some frameworks take an ending for the format of the answer: /users.json.
  (path) => path.replace(/^(.*\/[^/.]+)\.[^/]*(\/?)$/s, "$1$2"),
  resolveDots,
  decoded,
];

/** All that the paths of these addresses may mean to somebody, or null when that cannot be told. */
function allReadings(uris: string[]): string[] | null {
  const readings = uris.map(readingsOf);
  return readings.includes(null) ? null : (readings.flat() as string[]);
}

/** All that the path of an address may mean to somebody, or null when that cannot be told. */
function readingsOf(uri: string): string[] | null {
  const sent = asEncoded(uri.split("?", 1)[0] ?? "");
  if (sent.length > LONGEST_PATH || LONE_PERCENT.test(sent)) return null;

  const readings = new Set([sent]);
  let letters = sent.length;
  // A set is gone through together with what is added meanwhile.
  for (const path of readings) {
    for (const step of STEPS) {
      const reading = step(path);
      if (readings.has(reading)) continue;
      if (/[\p{Cc}\ufffd]/u.test(reading)) return null;
      readings.add(reading);
      letters += reading.length;
    }
    if (readings.size > MOST_READINGS || letters > MOST_LETTERS) return null;
  }
  return [...readings];
}

/** Bytes that are no ASCII, which Node reads as letters of Latin-1, in the usual spelling: readers take them for UTF-8. */
function asEncoded(path: string): string {
  return path.replace(/[\x80-\xff]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
}

/** Without its percent-encoding; bytes that are not UTF-8 become U+FFFD. A percent sign that encodes nothing stays. */
function decoded(path: string): string {
  return path.replace(/(%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"));
}

/**
 * The letters of a path as the most forgiving reader compares them: without case
 * and accents, and without what cannot be seen (file systems, collations).
 */
function folded(path: string): string {
  return path
    .normalize("NFKD")
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, "")
    .toUpperCase()
    .toLowerCase();
}

function resolveDots(path: string): string {
  const resolved: string[] = [];
  for (const segment of path.slice(1).split("/")) {
    if (segment === "..") resolved.pop();
    else if (segment !== ".") resolved.push(segment);
  }
  return `/${resolved.join("/")}`;
}
