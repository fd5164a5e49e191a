// Installs what package-lock.json names, when that has not been done yet.
// Node's built-ins only: this runs before anything is installed.

import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import process from "node:process";

/**
 * Runs `npm ci` when `node_modules` is missing, unfinished, or older than the
 * lock file; otherwise does nothing. npm writes `node_modules/.package-lock.json`
 * last, so an install that was interrupted counts as missing.
 *
 * No package's install script runs: nothing here needs one, some of them
 * download, and npm 11 asks before each. Throws when npm fails. What it says
 * goes to standard error, because a command may print a document.
 */
export async function install() {
  if (modifiedAt("node_modules/.package-lock.json") >= modifiedAt("package-lock.json")) return;

  const started = Date.now();
  console.error("  Installing packages …");
  // On Windows npm is a command file, which only a shell can start.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) throw new InstallFailed("npm ci failed: what it said is above. Is the npm registry reachable?");
  console.error(`✓ Packages installed (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

/** Said without a stack, as a UserError is (lib/terminal.ts, which cannot be read yet). */
class InstallFailed extends Error {
  name = "UserError";
}

/** @param {string} path */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
