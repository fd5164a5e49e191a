import { env, isDevelopment, isHttps } from "@/lib/env";
import { LEADS_IN } from "./public-pages";

/** Pages with a secret in their address. It goes nowhere else, not even to the next page of this site. */
const SECRET_ADDRESSES = new Set(["/verify-email", "/reset-password", "/secure-account"]);

/** Headers for every answer, whatever answers (OWASP Secure Headers Project). A page has its Content-Security-Policy, too. */
export function securityHeaders(path = ""): Record<string, string> {
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    // `no-referrer` would keep more to itself, and have forms sent with `Origin: null`.
    "Referrer-Policy": SECRET_ADDRESSES.has(path) ? "strict-origin" : "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(isHttps() && { "Strict-Transport-Security": "max-age=63072000" }),
  };
}

/** The policy of the page at `path`, whose own scripts carry `nonce`. No other inline script runs, and nobody frames it. */
export function contentSecurityPolicy(nonce: string, path: string): string {
  // The development server evaluates code and talks over a socket.
  const dev = isDevelopment();

  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self'${dev ? " 'unsafe-inline'" : ""}`,
    "img-src 'self' data:",
    `connect-src 'self'${dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    `form-action ${["'self'", ...(LEADS_IN.has(path) ? returnHosts() : [])].join(" ")}`,
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Where logging in may lead. Without JavaScript the form itself is sent on there, which Chromium takes for its action. */
function returnHosts(): string[] {
  return env().ALLOWED_RETURN_HOSTS.map((host) => `${env().APP_URL.protocol}//${host}`);
}
