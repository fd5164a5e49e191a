// Who may use which application behind the proxy: the setting VERIFY_RULES.

/** What a rule can ask for. An administrator is a user too. */
const GROUPS = ["user", "admin"] as const;

export type Group = (typeof GROUPS)[number];

/** Who may see a host, or the part of it at and below a path. */
export type VerifyRule = {
  /** In lower case; one that begins with `*.` stands for all hosts below it, however deep. */
  host: string;
  /** Without a slash at its end; empty for all of the host. */
  path: string;
  groups: Group[];
};

/** Where somebody wants to go: the host and the path with its query, as they were sent. */
export type Place = { host: string; uri: string };

/** Whether somebody may go there, and if not, who may: nobody, where the list is empty. */
export type Verdict = { isAllowed: true } | { isAllowed: false; needed: Group[] };

const LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const RULE = new RegExp(`^(?<host>(\\*\\.)?${LABEL}(\\.${LABEL})*)(?<path>(/[^/]*)*)$`, "i");

/** What makes a path readable in more than one way. */
const AMBIGUOUS = /\/\/|\/\.{1,2}(\/|$)|[\\%;?#\p{Cc}]/u;

/** A longer path, or one with more readings, is refused: each of them is looked at. */
const LONGEST_PATH = 2048;
const MOST_READINGS = 100;

/**
 * Reads VERIFY_RULES, `HOST[/PATH] GROUP[,GROUP]` between semicolons or new
 * lines. Comes back with the most specific rule first. Throws an Error that
 * shows the entry that is wrong.
 *
 * A rule has no port: the client writes the one in `Host`, and a proxy finds the
 * application without it. With another port it would be judged by another rule.
 */
export function parseRules(text: string): VerifyRule[] {
  const entries = text.split(/[;\n]/).flatMap((entry) => entry.trim() || []);
  if (entries.length === 0) throw new Error("has no entry");

  const rules = entries.map(parseRule);
  const places = rules.map(({ host, path }) => host + path);
  const twice = entries.find((_entry, index) => places.indexOf(String(places[index])) !== index);
  if (twice) throw new Error(`names one place twice: ${twice}`);
  return rules.sort(bySpecificity);
}

function parseRule(entry: string): VerifyRule {
  const [place = "", list = "", ...rest] = entry.split(/\s+/);
  const { host = "", path = "" } = RULE.exec(place)?.groups ?? {};
  const groups = list.split(",").filter(isGroup);
  if (!host || AMBIGUOUS.test(path) || rest.length > 0 || groups.length !== list.split(",").length)
    throw new Error(`has an entry that is not a host, perhaps a path, and user or admin: ${entry}`);
  return { host: host.toLowerCase(), path: path.replace(/\/$/, ""), groups };
}

function isGroup(text: string): text is Group {
  return (GROUPS as readonly string[]).includes(text);
}

/** A host by its name comes before those below another one, a longer name before a shorter, then a longer path. */
function bySpecificity(one: VerifyRule, other: VerifyRule): number {
  return (
    Number(isWildcard(one)) - Number(isWildcard(other)) ||
    other.host.length - one.host.length ||
    other.path.length - one.path.length
  );
}

function isWildcard({ host }: VerifyRule): boolean {
  return host.startsWith("*.");
}

/**
 * Whether who is in these groups may go to a place. Without rules everybody may
 * go everywhere; with them the most specific one decides, and where none applies
 * nobody may.
 *
 * A proxy and the application behind it do not always agree on what a path
 * means, so each way to read it has to be allowed (CWE-436).
 */
export function judge(rules: VerifyRule[] | null, place: Place | null, groups: Group[]): Verdict {
  if (!rules) return { isAllowed: true };
  const host = place && hostOf(place.host);
  const readings = place && readingsOf(place.uri);
  if (!host || !readings) return { isAllowed: false, needed: [] };

  const those = rules.filter((rule) => isOfHost(rule, host));
  const foldedRules = those.map((rule) => ({ ...rule, path: rule.path.toLowerCase() }));
  const deciding = readings.flatMap((path) => [
    those.find((rule) => isAtOrBelow(path, rule.path)),
    // Some applications take upper and lower case for the same.
    foldedRules.find((rule) => isAtOrBelow(path.toLowerCase(), rule.path)),
  ]);
  const isRefusing = (rule: VerifyRule | undefined) => !rule?.groups.some((group) => groups.includes(group));
  if (!deciding.some(isRefusing)) return { isAllowed: true };
  return { isAllowed: false, needed: deciding.find(isRefusing)?.groups ?? [] };
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

/** What one reader or another makes of a path. Each may do some of this, in any order. */
const STEPS: ((path: string) => string)[] = [
  (path) => path.replaceAll("\\", "/"),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/[?#].*$/, ""),
  resolveDots,
];

/** All that the path of an address may mean to somebody, or null when that cannot be told. */
function readingsOf(uri: string): string[] | null {
  const [sent = ""] = uri.split(/[?#]/);
  if (!sent.startsWith("/") || sent.length > LONGEST_PATH) return null;

  const undecoded = variantsOf([sent]);
  const once = variantsOf(undecoded.map(decoded));
  // What is left of a percent sign after that stands for itself.
  const twice = variantsOf(once.map((path) => path && decoded(path.replace(/%(?![\da-f]{2})/gi, "%25"))));
  const all = [...new Set([...undecoded, ...once, ...twice])];
  const isTold = all.length <= MOST_READINGS && all.every((path) => path !== null && !/\p{Cc}/u.test(path));
  return isTold ? (all as string[]) : null;
}

/** These paths, and what becomes of them by the steps, in every order. Null stays null. */
function variantsOf(paths: (string | null)[]): (string | null)[] {
  const variants = new Set(paths);
  // A set is gone through together with what is added meanwhile.
  for (const path of variants) {
    if (path === null || variants.size > MOST_READINGS) break;
    for (const step of STEPS) variants.add(step(path));
  }
  return [...variants];
}

function decoded(path: string | null): string | null {
  try {
    return path && decodeURIComponent(path);
  } catch {
    return null;
  }
}

function resolveDots(path: string): string {
  const resolved: string[] = [];
  for (const segment of path.slice(1).split("/")) {
    if (segment === "..") resolved.pop();
    else if (segment !== ".") resolved.push(segment);
  }
  return `/${resolved.join("/")}`;
}
