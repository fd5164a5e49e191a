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

/** The pages with a form that starts a session. */
export const LEADS_IN: ReadonlySet<string> = new Set(["/login", "/verify-email"]);
