import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The name in metrics of every path without a route. */
const OTHER = "other";

/**
 * Returns a function that names the route of a path, for metrics.
 *
 * The name is a route that the build lists, one of `others`, `files` or `other`. It is
 * never the path itself: visitors choose paths, and each would become a metric of its
 * own. `npm run dev` has no list, so every route is `other`.
 */
export function routeNames(folder: string, others: readonly string[]): (path: string) => string {
  const manifest = join(folder, "app-path-routes-manifest.json");
  const listed: string[] = existsSync(manifest) ? Object.values(JSON.parse(readFileSync(manifest, "utf8"))) : [];
  const plain = new Set([...listed.filter((route) => !route.includes("[")), ...others]);
  const patterns = listed
    .filter((route) => route.includes("["))
    // Catch-all routes come last: they match paths of more specific routes, too.
    .sort((a, b) => Number(a.includes("...")) - Number(b.includes("...")))
    .map((route) => ({ route, pattern: patternOf(route) }));

  return (path) => {
    if (plain.has(path)) return path;
    if (path.startsWith("/_next/")) return "files";
    return patterns.find(({ pattern }) => pattern.test(path))?.route ?? OTHER;
  };
}

/** A route such as `/outbox/[id]/file` or `/admin/[...path]` as a regular expression. */
function patternOf(route: string): RegExp {
  const parts = route.split("/").map((part) => {
    if (part.startsWith("[...")) return "/.+";
    return `/${part.startsWith("[") ? "[^/]+" : part.replace(/[.*+?^${}()|\\]/g, "\\$&")}`;
  });
  return new RegExp(`^${parts.slice(1).join("")}$`);
}
