import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build, buildSync } from "esbuild";
import { FOR_NODE_HERE } from "@/server/compile";

/** The commands that the tests start most. */
const COMMANDS = ["latchkey", "serve", "start"];

/** How to compile a text, whose packages are loaded as they are. */
const OPTIONS = {
  bundle: true,
  packages: "external",
  // As in server/compile.ts.
  alias: { "next/server": "./server/next-server.ts" },
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
} as const;

/** Like cli/main.mjs, when all packages are installed and everything is generated. */
const MAIN = `
import { runCommand } from ${JSON.stringify(resolve("cli/run-command.mjs"))};
import { inFull } from ${JSON.stringify(resolve("cli/usage.mjs"))};
const [name, ...args] = inFull(process.argv.slice(2));
await runCommand({ folder: ${JSON.stringify(resolve("."))}, ownSettings: false }, async () =>
  (await import("./" + name + ".mjs")).main(args));
`;

/**
 * Compiles the command line into `folder`, where it starts in a fraction of the time that cli/main.mjs needs. Afterwards
 * PROGRAM is its path, which test processes inherit.
 */
export async function compileProgram(folder: string): Promise<void> {
  await build({
    // With their packages, as in the server's compiled file: loading each by itself would take longer.
    ...FOR_NODE_HERE,
    entryPoints: Object.fromEntries(COMMANDS.map((name) => [name, `cli/commands/${name}.ts`])),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
  });
  process.env.PROGRAM = resolve(folder, "main.mjs");
  writeFileSync(process.env.PROGRAM, MAIN);
}

/** Arguments that make Node.js run this TypeScript, which may import our files by their path from the root. */
export function programOf(source: string): string[] {
  const { outputFiles } = buildSync({
    ...OPTIONS,
    stdin: { contents: source, resolveDir: resolve("."), loader: "ts" },
    write: false,
  });
  return ["--input-type=module", "--eval", String(outputFiles[0]?.text)];
}
