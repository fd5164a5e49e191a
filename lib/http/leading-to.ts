// Separate from return-path.ts, because the browser needs it, too.

/** Where logging in leads by default. */
export const HOME = "/dashboard";

/** The address of a page that leads on to `next` in the end, for example once its form has been sent. */
export function leadingTo(path: string, next: string): string {
  return next === HOME ? path : `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
}
