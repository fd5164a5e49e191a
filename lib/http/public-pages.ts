/** The public pages. Every page that is not listed here is private. */
export const PUBLIC_PAGES: ReadonlySet<string> = new Set([
  "/",
  "/login",
  "/login/verify",
  "/logout",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/secure-account",
  "/recover",
  "/outbox",
]);

/**
 * The pages whose form starts a session, or whose action redirects to such a page. On a redirect
 * from an action, Next.js fetches the next page itself and drops the cookies that come with it.
 */
export const LEADS_IN: ReadonlySet<string> = new Set([
  "/login",
  "/login/verify",
  "/signup",
  "/verify-email",
  "/forgot-password",
  "/reset-password",
  "/secure-account",
  "/recover",
]);
