import { asciiHost } from "@/lib/text/ascii-host";

// The rules for applications behind the proxy: the setting VERIFY_RULES. A "reader" here is a program
// that interprets the address of a request: a proxy, a framework or an application.

/** The groups that a rule can require. An administrator is a user too; `public` admits everyone, without a session. */
const GROUPS = ["public", "user", "admin"] as const;

export type Group = (typeof GROUPS)[number];

/** The groups that may access a host, or the part of it at and below a path. */
export type VerifyRule = {
  /** In lower case and ASCII. A leading `*.` matches all hosts below, at any depth. */
  host: string;
  /** Without a trailing slash; empty for the whole host. */
  path: string;
  /** The methods that the rule covers; undefined for all methods that no other rule for the same place names. */
  methods: string[] | undefined;
  groups: Group[];
  /** Whether the session must be at level 2: the user has proved a second factor, too. */
  needsSecondFactor: boolean;
};

/** The place that a request wants to access: its host and its path with the query, both as sent, and its method. */
export type Place = {
  host: string;
  uri: string;
  method?: string;
  /**
   * Methods and addresses that headers ask the application to use instead
   * (`X-HTTP-Method-Override`, `X-Original-URL`).
   */
  otherMethods?: string[];
  otherUris?: string[];
};

/**
 * Whether access is allowed. If not, `needed` lists the groups that would be allowed; an empty list
 * means no group. Null means that readers interpret the address differently. With `needsSecondFactor`, the user is
 * allowed, but has to prove a second factor first.
 */
type Verdict = { isAllowed: true } | { isAllowed: false; needed: Group[] | null; needsSecondFactor?: true };

/** Ends an entry for which a password alone is not enough. */
const LEVEL_2 = "level=2";

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const RULE = new RegExp(`^(?<host>(\\*\\.)?${LABEL}(\\.${LABEL})*)(?<path>(/[^/]*)*)$`, "i");

/** The methods of HTTP, WebDAV and CalDAV. A rule with a misspelled method would never apply. */
const METHODS =
  "GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND PROPPATCH MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK REPORT SEARCH".split(
    " ",
  );

/** Characters and sequences that make a path ambiguous. */
const AMBIGUOUS = /\/\/|\/\.{1,2}(\/|$)|[\\%;?#\p{Cc}]/u;

/**
 * Limits on the work for a path: its length, the number of its readings, and their total length. A
 * path beyond one of them is refused.
 */
const LONGEST_PATH = 2048;
const MOST_READINGS = 200;
const MOST_LETTERS = 100_000;

/** A request that may stand for more methods than this is refused. */
const MOST_METHODS = 5;

/**
 * Characters that a request target cannot contain (RFC 9112 §3.2). A second `X-Forwarded-Uri`
 * arrives after a comma and a space.
 */
const NOT_IN_TARGET = /[#\0- \x7f]/;

/** A percent sign that encodes nothing. Readers disagree about its meaning. */
const LONE_PERCENT = /%(?![\da-f]{2})/i;

/**
 * Parses VERIFY_RULES: entries of the form `HOST[/PATH] [METHOD,METHOD] GROUP[,GROUP] [level=2]`, separated
 * by semicolons or new lines. Returns the most specific rule first. Throws an Error that shows the
 * wrong entry.
 *
 * A rule has no port. The client writes the port in `Host`, but a proxy finds the application
 * without it. So a client could choose another rule by writing another port.
 */
export function parseRules(text: string): VerifyRule[] {
  const entries = text.split(/[;\n]/).flatMap((entry) => entry.trim() || []);
  if (entries.length === 0) throw new Error("contains no rule");

  const known = new Set<string>();
  const rules = entries.map((entry) => {
    const rule = parseRule(entry);
    for (const about of rule.methods ?? ["all"]) {
      const place = `${rule.host}${folded(rule.path)} ${about}`;
      if (known.has(place)) throw new Error(`has two rules for the same place: ${entry}`);
      known.add(place);
    }
    return rule;
  });
  return rules.sort(bySpecificity);
}

function parseRule(entry: string): VerifyRule {
  const [place = "", ...options] = entry.split(/\s+/);
  const needsSecondFactor = options.at(-1) === LEVEL_2;
  const rest = needsSecondFactor ? options.slice(0, -1) : options;
  const { host = "", path = "" } = RULE.exec(place.replace(/^[^/]+/, asciiHost))?.groups ?? {};
  const [list = "", methods] = rest.reverse();
  const groups = list.split(",").filter(isGroup);
  const isWhole = rest.length <= 2 && groups.length === list.split(",").length;
  if (!host || AMBIGUOUS.test(path) || !isWhole)
    throw new Error(
      `has an entry that is not HOST[/PATH] [METHODS] GROUPS [level=2], with the groups public, user or admin: ${entry}`,
    );
  if (needsSecondFactor && groups.includes("public"))
    throw new Error(`has an entry that is both public and level=2: ${entry}`);
  return {
    host,
    path: path.replace(/\/$/, ""),
    methods: methods ? parseMethods(methods, entry) : undefined,
    groups,
    needsSecondFactor,
  };
}

/** The methods that a rule names. GET includes HEAD. */
function parseMethods(list: string, entry: string): string[] {
  const methods = list.split(",");
  if (methods.some((method) => !METHODS.includes(method)))
    throw new Error(`has an entry with an unknown method; use ${METHODS.join(", ")}: ${entry}`);
  return methods.includes("GET") ? [...new Set([...methods, "HEAD"])] : methods;
}

function isGroup(text: string): text is Group {
  return (GROUPS as readonly string[]).includes(text);
}

/** Sorts exact hosts before wildcards, then longer host names first, then longer paths, then rules with methods. */
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
 * Whether a member of these groups may access a place, with a session of this level. Without any rules, every address is allowed
 * except one with a `#`. Otherwise the most specific rule decides, and a place without a rule is
 * refused.
 *
 * A proxy and the application behind it may read the same address differently. So every possible
 * reading must be allowed (CWE-436).
 */
export function judge(rules: VerifyRule[] | null, place: Place | null, groups: Group[], level: 1 | 2 = 1): Verdict {
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
  if (deciding.some(isRefusing)) return { isAllowed: false, needed: deciding.find(isRefusing)?.groups ?? [] };
  const demanding = level < 2 && deciding.find((rule) => rule?.needsSecondFactor);
  return demanding ? { isAllowed: false, needed: demanding.groups, needsSecondFactor: true } : { isAllowed: true };
}

/**
 * The deciding rule for each possible reading of a place, or null for a reading without a rule.
 * Returns null if the place cannot be read reliably.
 */
function rulesFor(place: Place, rules: VerifyRule[]): (VerifyRule | null)[] | null {
  const uris = urisOf(place);
  if (uris.some((uri) => !uri.startsWith("/") || NOT_IN_TARGET.test(uri))) return null;
  // If no rule has a path, there is no need to read one.
  const readings = rules.every(({ path }) => path === "") ? ["/"] : allReadings(uris);
  const methods = rules.some((rule) => rule.methods) ? methodsOf(place) : [""];
  if (!readings || methods.length > MOST_METHODS) return null;

  const foldedRules = rules.map((rule) => ({ ...rule, path: folded(rule.path) }));
  return methods.flatMap((method) =>
    readings.flatMap((path) => [mostSpecific(rules, path, method), mostSpecific(foldedRules, folded(path), method)]),
  );
}

/** The rule of the most specific place that has one. Among rules with methods, the one for this method. */
function mostSpecific(rules: VerifyRule[], path: string, method: string): VerifyRule | null {
  const first = rules.find((rule) => isAtOrBelow(path, rule.path));
  const ofPlace = rules.filter((rule) => rule.host === first?.host && rule.path === first.path);
  return ofPlace.find(({ methods }) => !methods || methods.includes(method)) ?? null;
}

/** All addresses that the application may act on. */
function urisOf(place: Place | null): string[] {
  return place ? [place.uri, ...(place.otherUris ?? [])] : [];
}

/** All methods that the application may act on. Frameworks let a form override its method. */
function methodsOf({ method = "", otherMethods = [], uri }: Place): string[] {
  const [, query] = uri.split(/\?(.*)/s);
  const asked = new URLSearchParams(query).getAll("_method");
  return [...new Set([method, ...otherMethods, ...asked].map((name) => name.trim().toUpperCase()))];
}

/** The name in a `Host` header, in lower case, without port and trailing dot. Null if it is invalid. */
function hostOf(host: string): string | null {
  return /^([a-z0-9._-]*[a-z0-9_-]|\[[\da-f:.]+\])\.?(:\d{0,5})?$/.exec(host.toLowerCase())?.[1] ?? null;
}

function isOfHost(rule: VerifyRule, host: string): boolean {
  return isWildcard(rule) ? host.endsWith(rule.host.slice(1)) : host === rule.host;
}

/** Whether a path is at `above`, or continues it after a slash: /administrator is not below /admin. */
function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}

/** What readers may do to a path. Each reader may apply some of these steps, in any order and repeatedly. */
const STEPS: ((path: string) => string)[] = [
  // Windows takes backslashes for slashes. Some servers replace a character by the nearest one that they know.
  (path) => path.replace(/[\\\u2044\u2215\u2216]/g, "/"),
  (path) => path.normalize("NFKC"),
  // Read as a reference, a path with two slashes begins with a host (RFC 3986 §4.2).
  (path) => path.replace(/^\/\/[^/]*(?=\/)/, ""),
  (path) => path.replace(/\/{2,}/g, "/"),
  // Parameters of a segment (RFC 3986 §3.3), or of the whole path.
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/;.*$/s, ""),
  (path) => path.replace(/[?#].*$/s, ""),
  // Windows drops spaces and dots at the end of a name, and takes text after a colon for a stream of the file.
  (path) => path.replace(/(?<=[^/. ])[. ]+(?=\/|$)/g, ""),
  (path) => path.replace(/:[^/]*/g, ""),
  // Spaces around a name, also written as `+`, as forms encode them.
  (path) => path.replace(/(?<![+\s])[+\s]+(?=\/|$)|(?<=\/)[+\s]+/g, ""),
  // Some frameworks take a suffix for the response format: /users.json.
  (path) => path.replace(/^(.*\/[^/.]+)\.[^/]*(\/?)$/s, "$1$2"),
  resolveDots,
  decoded,
];

/** All paths that readers may find in these addresses, or null if they cannot be determined. */
function allReadings(uris: string[]): string[] | null {
  const readings = uris.map(readingsOf);
  return readings.includes(null) ? null : (readings.flat() as string[]);
}

/** All paths that readers may find in an address, or null if they cannot be determined. */
function readingsOf(uri: string): string[] | null {
  const sent = asEncoded(uri.split("?", 1)[0] ?? "");
  if (sent.length > LONGEST_PATH || LONE_PERCENT.test(sent)) return null;

  const readings = new Set([sent]);
  let letters = sent.length;
  // Iteration over a Set includes the members added meanwhile.
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

/** Percent-encodes all bytes beyond ASCII. Node reads these as Latin-1; other readers take them for UTF-8. */
function asEncoded(path: string): string {
  return path.replace(/[\x80-\xff]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
}

/** Decodes percent-encoding. Bytes that are not UTF-8 become U+FFFD. A percent sign that encodes nothing stays. */
function decoded(path: string): string {
  return path.replace(/(%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"));
}

/**
 * The path as the most lenient reader compares it: without case, accents and invisible characters
 * (file systems, collations).
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
