// Makes a folder that runs alone: the build, the server around it as plain
// JavaScript, and of the packages what either of them needs. `node server.mjs`.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build as bundle } from "esbuild";

/** Packages that the build brings, or that are copied whole; everything else becomes part of the server's own files. */
const PACKAGES = ["next", "pg", "pino", "piscina", "prom-client", "@prisma/client", "@prisma/schema-engine-wasm"];

/** Writes the folder `to`, in place of what is there, from what was built into `build`. */
export async function writeStandalone({ build, to }: { build: string; to: string }): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const copy = (from: string, path: string) =>
    cpSync(from, join(to, path), { recursive: true, verbatimSymlinks: true });

  // Next.js has put together what it needs itself. Its own server.js knows nothing of ours.
  for (const part of [build, "node_modules"]) copy(join(build, "standalone", part), part);
  copy(join(build, "static"), join(build, "static"));
  copy("prisma/migrations", "prisma/migrations");
  copy("prisma/schema.prisma", "prisma/schema.prisma");
  const engine = "node_modules/@prisma/schema-engine-wasm";
  copy(dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg")), engine);
  await bundleServer({ build, to });
}

/** The server and the commands, in few files, which start in a fraction of the time that the sources take. */
async function bundleServer({ build, to }: { build: string; to: string }): Promise<void> {
  await bundle({
    entryPoints: { server: "cli/packaged.ts", "lib/password/worker": "lib/password/worker.mjs" },
    outdir: to,
    outExtension: { ".js": ".mjs" },
    chunkNames: "server/[name]-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: PACKAGES.flatMap((name) => [name, `${name}/*`]),
    // Where the build lies is known now, and part of what is written.
    define: { "process.env.BUILD_DIR": JSON.stringify(build) },
    // Some packages are of the older kind.
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    logLevel: "warning",
  });
}
