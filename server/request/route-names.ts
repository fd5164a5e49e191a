import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What has no name of its own, in figures. */
const OTHER = "other";

/**
 * Names the route that a path belongs to: one of those that the build lists, one
 * of `others`, `files` or `other`. Never the path, which a visitor chooses:
 * there would be a figure for each. The sources that `npm run dev` serves are not
 * listed, and all are `other`.
 */
export function routeNames(folder: string, others: readonly string[]): (path: string) => string {
  const manifest = join(folder, "app-path-routes-manifest.json");
  const listed: string[] = existsSync(manifest) ? Object.values(JSON.parse(readFileSync(manifest, "utf8"))) : [];
  const plain = new Set([...listed.filter((route) => !route.includes("[")), ...others]);
  const patterns = listed
    .filter((route) => route.includes("["))
    // The more particular first: one that takes several parts of a path takes what others would.
    .sort((a, b) => Number(a.includes("...")) - Number(b.includes("...")))
    .map((route) => ({ route, pattern: patternOf(route) }));

  return (path) => {
    if (plain.has(path)) return path;
    if (path.startsWith("/_next/")) return "files";
    return patterns.find(({ pattern }) => pattern.test(path))?.route ?? OTHER;
  };
}

/** `/outbox/[id]/file` or `/api/[[...path]]` as an expression. */
function patternOf(route: string): RegExp {
  const parts = route.split("/").map((part) => {
    if (part.startsWith("[[...")) return "(/.+)?";
    if (part.startsWith("[...")) return "/.+";
    return `/${part.startsWith("[") ? "[^/]+" : part.replace(/[.*+?^${}()|\\]/g, "\\$&")}`;
  });
  return new RegExp(`^${parts.slice(1).join("")}$`);
}
