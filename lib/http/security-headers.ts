import { brandStyle } from "@/lib/brand";
import { env, isDevelopment, isHttps } from "@/lib/env";
import { LEADS_IN } from "./public-pages";

/** Pages with a secret in their address. Browsers must not send it anywhere, not even to the next page of this site. */
const SECRET_ADDRESSES = new Set(["/verify-email", "/reset-password", "/secure-account", "/recover"]);

/** The headers of every response (OWASP Secure Headers Project). Pages also have a Content-Security-Policy. */
export function securityHeaders(path = ""): Record<string, string> {
  return {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    // `no-referrer` would reveal less, but browsers would then send forms with `Origin: null`.
    "Referrer-Policy": SECRET_ADDRESSES.has(path) ? "strict-origin" : "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(isHttps() && { "Strict-Transport-Security": "max-age=63072000" }),
  };
}

/**
 * The Content-Security-Policy of the page at `path`. Inline scripts run only with `nonce`, and no
 * site can frame the page.
 */
export function contentSecurityPolicy(nonce: string, path: string): string {
  // The development server evaluates code and uses a WebSocket.
  const dev = isDevelopment();
  const style = brandStyle();
  const brand = style ? ` '${style.hash}'` : "";

  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self'${dev ? " 'unsafe-inline'" : brand}`,
    "img-src 'self' data:",
    `connect-src 'self'${dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    `form-action ${["'self'", ...(LEADS_IN.has(path) ? returnHosts() : [])].join(" ")}`,
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * Where logging in may lead. Without JavaScript, the response to the form redirects there, and
 * Chromium applies `form-action` to redirects.
 */
function returnHosts(): string[] {
  return env().ALLOWED_RETURN_HOSTS.map((host) => `${env().APP_URL.protocol}//${host}`);
}
