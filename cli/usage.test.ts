import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { main as migrate } from "@/cli/commands/migrate";
import { SHORT } from "./usage.mjs";

/** The commands of the command line, which are compiled because they start sooner. All others answer before they load. */
const COMPILED = ["latchkey", ...SHORT];

const COMMANDS = readdirSync("cli/commands")
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => file.replace(/\.ts$/, ""));

/** Runs a command without a database: it fails if it does not stop at its arguments. */
function run(name: string, ...args: string[]) {
  const { PATH, HOME, PROGRAM } = process.env;
  const program = COMPILED.includes(name) ? String(PROGRAM) : "cli/main.mjs";
  const env = {
    NODE_ENV: "test" as const,
    PATH,
    HOME,
    DATABASE_URL: "postgresql://nobody:nothing@127.0.0.1:1/nowhere",
  };
  return spawnSync(process.execPath, [program, name, ...args], { env, encoding: "utf8", timeout: 30_000 });
}

test.each(COMMANDS)(
  "%s prints its usage with --help, and refuses an unknown option with one sentence and exit code 2",
  (name) => {
    const help = run(name, "--help");
    expect(help).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/^Usage: (npm|node) /) });

    const refused = run(name, "--bogus");
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toMatch(/^.*--bogus.*\.(\n| )For usage, add --help\.\n$/);
  },
);

test.each([
  ["apply", "now"],
  ["status", "all"],
  ["new", "add_phone_number", "add_another"],
  ["new", "Phone"],
  ["roll-back"],
])("migrate refuses the arguments %s %s", async (...args) => {
  await expect(migrate(args)).rejects.toMatchObject({ name: "UserError", exit: 2 });
});
