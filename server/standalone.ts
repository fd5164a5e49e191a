// Writes a folder that runs without the sources: the build, the server as plain
// JavaScript, and the parts of packages that both need. Start it with `node server.mjs`.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build as bundle } from "esbuild";
import { FOR_NODE } from "./compile";

/** Writes the folder `to` from the build in `build`. Replaces an existing folder. */
export async function writeStandalone({ build, to }: { build: string; to: string }): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const copy = (from: string, path: string) =>
    cpSync(from, join(to, path), { recursive: true, verbatimSymlinks: true });

  // Next.js has collected the files that it needs. Its own server.js is left out: ours replaces it.
  for (const part of [build, "node_modules"]) copy(join(build, "standalone", part), part);
  copy(join(build, "static"), join(build, "static"));
  copy("prisma/migrations", "prisma/migrations");
  copy("prisma/schema.prisma", "prisma/schema.prisma");
  const engine = "node_modules/@prisma/schema-engine-wasm";
  copy(dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg")), engine);
  await bundleServer({ build, to });
}

/** Bundles the server and the commands into a few files, which start much faster than the sources. */
async function bundleServer({ build, to }: { build: string; to: string }): Promise<void> {
  await bundle({
    ...FOR_NODE,
    entryPoints: { server: "cli/packaged.ts", "lib/password/worker": "lib/password/worker.mjs" },
    outdir: to,
    outExtension: { ".js": ".mjs" },
    chunkNames: "server/[name]-[hash]",
    splitting: true,
    // The path of the build is fixed in the bundle.
    define: { "process.env.BUILD_DIR": JSON.stringify(build) },
  });
}
