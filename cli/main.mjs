// The entry point of every npm script: `node cli/main.mjs COMMAND [ARGUMENT …]`.
//
// Packages may not be installed yet, so this file, run-command.mjs and install.mjs
// use only Node.js's built-in modules. The commands are in cli/commands, in TypeScript.

import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";
import { runCommand } from "./run-command.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const script = new URL(`./commands/${name}.ts`, import.meta.url);

if (!existsSync(script)) {
  console.error(`Unknown command "${name}". To list the commands: npm run`);
  process.exit(2);
}

// The tests use their own settings.
await runCommand({ folder: ROOT, ownSettings: name === "test" }, async () => {
  await install();
  const { register } = await import("tsx/esm/api");
  register();
  // The application imports the Prisma client and the catalogues, so write them before the command loads.
  const { generateClient } = await import("../prisma/generate.ts");
  await generateClient();
  const { compileCatalogues } = await import("../lib/i18n/compile.ts");
  await compileCatalogues();
  const command = await import(script.href);
  await command.main(args);
});
