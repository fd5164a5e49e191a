import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { step, UserError } from "@/lib/terminal";

const SOURCES = [
  "app",
  "lib",
  "prisma/schema.prisma",
  "middleware.ts",
  "next.config.js",
  "postcss.config.mjs",
  "package-lock.json",
];

/**
 * Builds the application into `folder`, unless the build there is up to date.
 * `stop` aborts the build. An unfinished build is never used.
 */
export async function build({ folder = ".next", stop }: { folder?: string; stop?: AbortSignal } = {}): Promise<void> {
  if (newest("package.json", ...SOURCES) < newest(join(folder, "BUILD_ID"))) return;

  await step("Application built", async () => {
    rmSync(join(folder, "BUILD_ID"), { force: true });
    const env = { ...process.env, NODE_ENV: "production" as const, BUILD_DIR: folder, NEXT_TELEMETRY_DISABLED: "1" };
    const next = spawn(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
      env,
      ...(stop && { signal: stop }),
    });
    let said = "";
    for (const stream of [next.stdout, next.stderr]) stream.on("data", (text) => (said += text));

    const [code] = await once(next, "close");
    if (code !== 0) throw new UserError(`The build failed.\n\n${said}`);
  });
}

/** The time of the last change to any of these files and folders, in milliseconds since 1970. 0 if none exists. */
function newest(...paths: string[]): number {
  return Math.max(
    ...paths.map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      // A folder's own time changes when an entry is added, renamed or deleted.
      const within = stats?.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
      return Math.max(stats?.mtimeMs ?? 0, newest(...within));
    }),
    0,
  );
}
