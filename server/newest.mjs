import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The time of the last change to any of these files and folders, in milliseconds since 1970. 0 if none exists.
 * @param {...string} paths
 * @returns {number}
 */
export function newest(...paths) {
  return Math.max(
    ...paths.map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      // A folder's own time changes when an entry is added, renamed or deleted.
      const within = stats?.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
      return Math.max(stats?.mtimeMs ?? 0, newest(...within));
    }),
    0,
  );
}
