// The entry point of the folder that `npm run build:standalone` writes. There it is
// server.mjs: `node server.mjs [COMMAND [ARGUMENT …]]`. It needs no installed packages.

import { fileURLToPath } from "node:url";
import { UserError, WrongArguments } from "@/lib/terminal";
import { runCommand } from "./run-command.mjs";
import { answerUsage, inFull, SHORT } from "./usage.mjs";

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  start: async () => (await import("@/cli/commands/serve")).serveBuilt({ migrate: true }),
  serve: async () => (await import("@/cli/commands/serve")).main(),
  migrate: async ([what = "apply", ...more]) => (await import("@/cli/commands/migrate")).main([what, ...more]),
  latchkey: async (args) => (await import("@/cli/admin")).main(args),
};

const [name = "start", ...args] = inFull(process.argv.slice(2));

await runCommand({ folder: fileURLToPath(new URL(".", import.meta.url)), ownSettings: false }, async () => {
  const command = Object.hasOwn(COMMANDS, name) && COMMANDS[name];
  if (!command)
    throw new WrongArguments(
      `The command "${name}" does not exist. Commands: ${[...Object.keys(COMMANDS), ...SHORT].join(", ")}.`,
    );
  const status = answerUsage(name, args);
  if (status !== null) process.exit(status);
  const needsDatabase =
    !(name === "latchkey" && args[0] === "policy") && !args.includes("--help") && !args.includes("-h");
  // This folder contains no embedded Postgres.
  if (needsDatabase && !process.env.DATABASE_URL?.trim())
    throw new UserError(
      "DATABASE_URL is missing. Example: DATABASE_URL=postgresql://latchkey:password@db.example.com:5432/latchkey",
    );

  await command(args);
});
