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
