const HOME = "/dashboard";

/** Stands for this site in parsing. `.invalid` can be nobody's (RFC 2606). */
const HERE = "http://latchkey.invalid";

/**
 * Where to go after logging in: the path asked for when it is one of this site,
 * otherwise the dashboard. Never leads to another site (CWE-601), nor back to
 * logging in or out.
 */
export function nextPath(wanted: unknown): string {
  if (typeof wanted !== "string" || wanted.length > 2000 || !isOwnPath(wanted)) return HOME;
  if (!URL.canParse(wanted, HERE)) return HOME;

  const { origin, pathname, search, hash } = new URL(wanted, HERE);
  if (origin !== HERE || !isOwnPath(pathname) || isAboutLoggingIn(pathname)) return HOME;
  return pathname + search + hash;
}

/** The log-in page's address, leading back to `url` afterwards. */
export function loginPath(url: string): string {
  return `/login?next=${encodeURIComponent(nextPath(url))}`;
}

/**
 * Whether a path begins with exactly one slash and reads the same to everybody.
 * Browsers drop control characters and take a backslash for a slash; and what
 * is encoded may be decoded on the way, once or twice.
 */
function isOwnPath(wanted: string): boolean {
  if (/\p{Cc}/u.test(wanted)) return false;

  const [path = ""] = wanted.split(/[?#]/);
  const read = decoded(decoded(path));
  return /^\/(?!\/)/.test(read) && !/[\p{Cc}\\]/u.test(read);
}

/** Whether a page is one that somebody who has just logged in has no use for. */
function isAboutLoggingIn(pathname: string): boolean {
  return /^\/(login|logout|logout\/end|signup|forgot-password|reset-password|secure-account)?\/?$/.test(
    decoded(pathname),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign decodes to nothing; it stays what it is.
    return text;
  }
}
