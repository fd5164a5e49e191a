/** What a request asks for, read once, and read alike by everything that decides by it. */
export type Target = {
  /** The path as Next.js resolves it: no dot segments, no backslashes, single slashes, none at the end. */
  path: string;
  /** The query with its question mark, or nothing. */
  search: string;
  /** Path and query for Next.js, which itself redirects from an address with a slash too many to the one without. */
  url: string;
  /** The host of a target in absolute form, which takes the place of the `Host` header (RFC 9112 §3.2.2); or null. */
  host: string | null;
};

/** Stands for this site in parsing. `.invalid` can be nobody's (RFC 2606). */
const HERE = "http://latchkey.invalid";

/**
 * Reads the target of a request, or returns null for a target that no client
 * should send: a fragment, a path that is not UTF-8, a NUL byte.
 *
 * Next.js resolves a path before it looks for the page. Everything in front of it
 * has to see the same path, or a rule for `/api/` misses `/x/../api/`.
 */
export function readTarget(raw: string): Target | null {
  const [, host = null, rest = ""] = /^(?:https?:\/\/([^/?#]*))?(.*)$/is.exec(raw) ?? [];
  const asked = host !== null && !rest.startsWith("/") ? `/${rest}` : rest;
  if (!asked.startsWith("/") || asked.includes("#") || !URL.canParse(HERE + asked)) return null;

  const { pathname, search } = new URL(HERE + asked);
  if (!isText(pathname) || /%00/.test(search)) return null;
  const path = pathname.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
  return { path, search, url: (isForSoftware(path) ? path : pathname) + search, host };
}

/** Whether software asks, which is answered in its own words (RFC 9457), and never with a redirect. */
export function isForSoftware(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

/** Built files, whose names change with what is in them, and icons. They are the same for everybody. */
export function isFile(path: string): boolean {
  return /^\/(_next\/static\/[\w~./-]+|icon\.svg|favicon\.ico|apple-icon\.png|apple-touch-icon(-precomposed)?\.png)$/.test(
    path,
  );
}

/** Pages and forms of addresses that Next.js keeps for itself. They exist for nobody else. */
export function isInternal(path: string): boolean {
  return /^\/_(?!next\/static\/)/.test(path) || /\.rsc$/.test(path);
}

function isText(path: string): boolean {
  try {
    return !decodeURIComponent(path).includes("\u0000");
  } catch {
    return false;
  }
}
