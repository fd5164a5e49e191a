// The beginning and the end of every command. Uses only Node.js's built-in modules.

import { existsSync } from "node:fs";
import process from "node:process";

/**
 * Runs `work` in `folder`, with the settings from its `.env` unless `ownSettings` is true.
 * Explains an error that `work` throws, and exits with 1, or with 2 for wrong arguments.
 * @param {{ folder: string, ownSettings: boolean }} where
 * @param {() => Promise<void>} work
 */
export async function runCommand({ folder, ownSettings }, work) {
  process.chdir(folder);
  // Settings are read here, once for everything. Next.js would also read other files, only for itself.
  process.env.__NEXT_PROCESSED_ENV = "true";
  if (!ownSettings && existsSync(".env")) process.loadEnvFile(".env");

  try {
    await work();
  } catch (error) {
    console.error(explain(error, folder));
    // Not process.exitCode: open handles could keep the process alive.
    process.exit(error instanceof Error && "exit" in error ? Number(error.exit) : 1);
  }
}

/**
 * One line for an error that the user can fix; the whole error otherwise.
 * @param {unknown} error
 * @param {string} folder
 */
function explain(error, folder) {
  if (!(error instanceof Error)) return error;

  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `\nPermission denied: this user cannot write to ${path ?? folder}.\n`;
  if (code === "ENOSPC") return "\nThe disk is full. Free some space, then try again.\n";
  return error.name === "UserError" ? `\n${error.message}\n` : error;
}
