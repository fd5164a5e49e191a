// Installs the packages in package-lock.json, unless they are installed already.
// Uses only Node.js's built-in modules, because it runs before any package is installed.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import process from "node:process";

/**
 * Runs `npm ci` if `node_modules` is missing, incomplete, or older than the lock file.
 *
 * npm writes `node_modules/.package-lock.json` last, so an interrupted install counts as
 * missing. Install scripts do not run: no package needs its script, some download files,
 * and npm 11 asks before running each. Messages go to standard error, because the command
 * may print a document. Throws when npm fails.
 */
export async function install() {
  if (modifiedAt("node_modules/.package-lock.json") >= modifiedAt("package-lock.json")) return;

  const started = Date.now();
  console.error("  Installing packages …");
  // On Windows npm is a .cmd file, which only a shell can start.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0)
    throw new InstallFailed("npm ci failed: see its output above. Check that the npm registry is reachable.");
  console.error(`✓ Packages installed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/** Printed without a stack, like a UserError (lib/terminal.ts, which cannot be imported yet). */
class InstallFailed extends Error {
  name = "UserError";
}

/** @param {string} path */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
