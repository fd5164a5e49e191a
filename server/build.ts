import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { step, UserError } from "@/lib/terminal";
import { CODE_CACHE, isOutdated } from "./compiled.mjs";
import { compressFiles } from "./compress";
import { newest } from "./newest.mjs";

const SOURCES = [
  "app",
  "lib",
  "prisma/schema.prisma",
  "middleware.ts",
  "next.config.js",
  "postcss.config.mjs",
  "server/compress.ts",
  "package-lock.json",
];

/**
 * Builds the application into `folder`, and compiles the server, unless both are up to date.
 * `stop` aborts the build. An unfinished build is never used.
 */
export async function build({ folder = ".next", stop }: { folder?: string; stop?: AbortSignal } = {}): Promise<void> {
  await buildPages(folder, stop);
  if (!isOutdated()) return;
  // Loaded late, so that a server does not load a compiler.
  const { compileServer } = await import("./compile");
  await step("Server compiled", compileServer);
}

async function buildPages(folder: string, stop: AbortSignal | undefined): Promise<void> {
  if (newest("package.json", ...SOURCES) < newest(join(folder, "BUILD_ID"))) return;

  await step("Application built", async () => {
    rmSync(join(folder, "BUILD_ID"), { force: true });
    rmSync(CODE_CACHE, { recursive: true, force: true });
    const env = { ...process.env, NODE_ENV: "production" as const, BUILD_DIR: folder, NEXT_TELEMETRY_DISABLED: "1" };
    const next = spawn(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
      env,
      ...(stop && { signal: stop }),
    });
    let said = "";
    for (const stream of [next.stdout, next.stderr]) stream.on("data", (text) => (said += text));

    const [code] = await once(next, "close");
    if (code !== 0) throw new UserError(`The build failed.\n\n${said}`);
    // Hidden meanwhile, so that half a file of an interrupted build is never served.
    renameSync(join(folder, "BUILD_ID"), join(folder, "BUILD_ID.unfinished"));
    await compressFiles(join(folder, "static"));
    renameSync(join(folder, "BUILD_ID.unfinished"), join(folder, "BUILD_ID"));
  });
}
