// The entry point of the folder that `npm run build:standalone` writes. There it is
// server.mjs: `node server.mjs [COMMAND [ARGUMENT …]]`. It needs no installed packages.

import { fileURLToPath } from "node:url";
import { UserError } from "@/lib/terminal";
import { runCommand } from "./run-command.mjs";

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  start: async () => (await import("@/cli/commands/serve")).serveBuilt({ migrate: true }),
  serve: async () => (await import("@/cli/commands/serve")).main(),
  migrate: async ([what = "apply"]) => (await import("@/cli/commands/migrate")).main([what]),
  latchkey: async (args) => (await import("@/cli/admin")).main(args),
  doctor: async () => (await import("@/cli/commands/doctor")).main(),
  policy: async () => (await import("@/cli/commands/policy")).main(),
  sweep: async () => (await import("@/cli/commands/sweep")).main(),
};

const [name = "start", ...args] = process.argv.slice(2);

await runCommand({ folder: fileURLToPath(new URL(".", import.meta.url)), ownSettings: false }, async () => {
  const command = Object.hasOwn(COMMANDS, name) && COMMANDS[name];
  if (!command) throw new UserError(`Unknown command "${name}". Commands: ${Object.keys(COMMANDS).join(", ")}.`);
  // This folder contains no embedded Postgres.
  if (name !== "policy" && !process.env.DATABASE_URL?.trim())
    throw new UserError(
      "DATABASE_URL is missing. Example: DATABASE_URL=postgresql://latchkey:password@db.example.com:5432/latchkey",
    );

  await command(args);
});
