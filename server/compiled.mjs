// Where the compiled server is. Uses only Node.js's built-in modules, because it runs before packages are installed.

import { newest } from "./newest.mjs";

/** The file with the commands that serve: see cli/serving.ts. */
export const COMPILED = ".compiled/serving.mjs";

/** Where Node.js keeps its compiled form, and that of the pages' code, for the next start. Each build empties it. */
export const CODE_CACHE = ".compiled/cache";

/** Whether that file is older than a source of it. */
export function isOutdated() {
  return newest("package-lock.json", "middleware.ts", "cli", "lib", "prisma", "server") > newest(COMPILED);
}
