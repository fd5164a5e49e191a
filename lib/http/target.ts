/** The target of a request, parsed once, so that everything that decides by it sees the same. */
export type Target = {
  /** The path as Next.js resolves it: without dot segments, backslashes, double slashes or a trailing slash. */
  path: string;
  /** The query with its question mark, or empty. */
  search: string;
  /** Path and query for Next.js, which itself redirects addresses with superfluous slashes. */
  url: string;
  /** The host of a target in absolute form, which replaces the `Host` header (RFC 9112 §3.2.2); otherwise null. */
  host: string | null;
};

/** Stands for this site in parsing. Nobody can own a domain in `.invalid` (RFC 2606). */
const HERE = "http://latchkey.invalid";

/**
 * Parses the target of a request. Returns null for a target that no client should send: with a
 * fragment, a path that is not UTF-8, or a NUL byte.
 *
 * Next.js resolves a path before it looks for the page. All checks before that must see the same
 * path; otherwise a rule for `/api/` misses `/x/../api/`.
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

/** Whether a path belongs to the API. Its clients get errors as problem documents (RFC 9457), and never a redirect. */
export function isForSoftware(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

/**
 * Whether a path is an icon or a built file, whose name changes with its content. They are the same
 * for every visitor.
 */
export function isFile(path: string): boolean {
  return /^\/(_next\/static\/[\w~./-]+|icon\.svg|brand\/logo|favicon\.ico|apple-icon\.png|apple-touch-icon(-precomposed)?\.png)$/.test(
    path,
  );
}

/** Whether Next.js reserves a path for itself. Clients get a 404 for it. */
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
