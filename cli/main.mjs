// The entry point of every npm script: `node cli/main.mjs COMMAND [ARGUMENT …]`.
//
// Packages may not be installed yet, so this file and those that it imports use only
// Node.js's built-in modules. The commands are in cli/commands, in TypeScript. Those that
// serve are compiled before, so that they start fast and no transpiler stays in the process.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CODE_CACHE, COMPILED, isOutdated } from "../server/compiled.mjs";
import { install } from "./install.mjs";
import { runCommand } from "./run-command.mjs";
import { answerUsage, inFull } from "./usage.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [name = "", ...args] = inFull(process.argv.slice(2));
const script = new URL(`./commands/${name}.ts`, import.meta.url);

if (!existsSync(script)) {
  console.error(`The command "${name}" does not exist. To list the commands: npm run`);
  process.exit(2);
}

const status = answerUsage(name, args);
if (status !== null) process.exit(status);

/** The commands in the compiled file. */
const SERVING = ["dev", "start", "serve"];

/** Runs a command from the compiled file, which is compiled again if a source has changed. */
async function serve() {
  // A process of an instance runs the same code as the others.
  if (!process.env.NODE_UNIQUE_ID && isOutdated()) {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), "compile"], { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
  }
  // From Node.js 22.1: keeps compiled code for the next start. Does nothing in a folder that cannot be written to.
  module.enableCompileCache?.(`${ROOT}${CODE_CACHE}`);
  const commands = await import(pathToFileURL(`${ROOT}${COMPILED}`).href);
  await commands[name](args);
}

// The tests use their own settings.
await runCommand({ folder: ROOT, ownSettings: name === "test" }, async () => {
  await install();
  if (SERVING.includes(name)) return serve();

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
