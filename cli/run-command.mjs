// What every command begins and ends with, however it came to be started. Node's built-ins only.

import { existsSync } from "node:fs";
import process from "node:process";

/**
 * Does `work` in `folder`, with the settings of the `.env` that is there, unless
 * `ownSettings` says that it brings its own. What it throws is explained, and
 * ends the process with 1.
 * @param {{ folder: string, ownSettings: boolean }} where
 * @param {() => Promise<void>} work
 */
export async function runCommand({ folder, ownSettings }, work) {
  process.chdir(folder);
  // Settings are read here, for all alike; Next.js would read some more files, for itself alone.
  process.env.__NEXT_PROCESSED_ENV = "true";
  if (!ownSettings && existsSync(".env")) process.loadEnvFile(".env");

  try {
    await work();
  } catch (error) {
    console.error(explain(error, folder));
    // Not exitCode: whatever was started and is still open would keep the process alive.
    process.exit(1);
  }
}

/**
 * One line for what the person can mend; all there is to know of anything else.
 * @param {unknown} error
 * @param {string} folder
 */
function explain(error, folder) {
  if (!(error instanceof Error)) return error;

  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `\n${path ?? folder} may not be written by this user.\n`;
  if (code === "ENOSPC") return "\nThe disk is full.\n";
  return error.name === "UserError" ? `\n${error.message}\n` : error;
}
