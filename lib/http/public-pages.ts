/** The pages for everybody. Whatever is not named here is private. */
export const PUBLIC_PAGES: ReadonlySet<string> = new Set([
  "/",
  "/login",
  "/logout",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/secure-account",
  "/outbox",
]);

/**
 * The pages with a form that starts a session, or with one whose action leads to
 * such a page: Next.js fetches that page itself, and drops the cookies that come with it.
 */
export const LEADS_IN: ReadonlySet<string> = new Set([
  "/login",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/secure-account",
]);
