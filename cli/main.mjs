// The way in for every npm script: `node cli/main.mjs COMMAND [ARGUMENT …]`.
//
// Nothing may be installed yet, so this file, run-command.mjs and install.mjs
// use Node's built-ins only. The commands themselves are TypeScript, in cli/commands.

import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";
import { runCommand } from "./run-command.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const script = new URL(`./commands/${name}.ts`, import.meta.url);

if (!existsSync(script)) {
  console.error(`There is no command "${name}". The commands are the npm scripts: npm run`);
  process.exit(2);
}

// The tests bring settings of their own.
await runCommand({ folder: ROOT, ownSettings: name === "test" }, async () => {
  await install();
  const { register } = await import("tsx/esm/api");
  register();
  // The application's code imports the Prisma client and the catalogues, so they have to be there before any command.
  const { generateClient } = await import("../prisma/generate.ts");
  await generateClient();
  const { compileCatalogues } = await import("../lib/i18n/compile.ts");
  await compileCatalogues();
  const command = await import(script.href);
  await command.main(args);
});
