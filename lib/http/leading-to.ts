// Apart from return-path.ts, because the browser needs it, too.

/** Where logging in leads when nothing else was asked for. */
export const HOME = "/dashboard";

/** The address of a page that leads on to `next` in the end, such as a form that is sent before. */
export function leadingTo(path: string, next: string): string {
  return next === HOME ? path : `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
}
