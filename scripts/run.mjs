// The way in for every npm script: `node scripts/run.mjs COMMAND [ARGUMENT …]`.
//
// Nothing may be installed yet, so this file and install.mjs use Node's
// built-ins only. The commands themselves are TypeScript beside this file.

import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const script = new URL(`./${name}.ts`, import.meta.url);

if (!existsSync(script)) {
  console.error(`There is no command "${name}". The commands are the npm scripts: npm run`);
  process.exit(2);
}

process.chdir(ROOT);
// Settings are read here, for all alike; Next.js would read some more files, for itself alone.
process.env.__NEXT_PROCESSED_ENV = "true";
// The tests bring settings of their own.
if (name !== "test" && existsSync(".env")) process.loadEnvFile(".env");

try {
  await install();
  const { register } = await import("tsx/esm/api");
  register();
  // The application's code imports the Prisma client, so it has to be there before any command.
  const { generateClient } = await import("./migrate.ts");
  await generateClient();
  const command = await import(script.href);
  await command.main(args);
} catch (error) {
  console.error(explain(error));
  // Not exitCode: whatever was started and is still open would keep the process alive.
  process.exit(1);
}

/**
 * One line for what the person can mend; all there is to know of anything else.
 * @param {unknown} error
 */
function explain(error) {
  if (!(error instanceof Error)) return error;

  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `\n${path ?? ROOT} may not be written by this user.\n`;
  if (code === "ENOSPC") return "\nThe disk is full.\n";
  return error.name === "Refusal" ? `\n${error.message}\n` : error;
}
