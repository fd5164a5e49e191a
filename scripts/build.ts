import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Refusal, step } from "./console";

const SOURCES = [
  "app",
  "lib",
  "prisma/schema.prisma",
  "middleware.ts",
  "next.config.js",
  "postcss.config.mjs",
  "package-lock.json",
];

/** Builds the application into `folder` when a source is newer than what is there. */
export async function build(folder = ".next"): Promise<void> {
  if (newest("package.json", ...SOURCES) < newest(join(folder, "BUILD_ID"))) return;

  await step("Application built", () => {
    const next = spawnSync(process.execPath, ["node_modules/next/dist/bin/next", "build"], {
      env: { ...process.env, NODE_ENV: "production", BUILD_DIR: folder, NEXT_TELEMETRY_DISABLED: "1" },
      encoding: "utf8",
    });
    if (next.status !== 0) throw new Refusal(`The build failed.\n\n${next.stdout}${next.stderr}`);
  });
}

export async function main(): Promise<void> {
  await build();
}

/** When the last change to any of these files and folders was made, in milliseconds since 1970; 0 for none. */
function newest(...paths: string[]): number {
  return Math.max(
    ...paths.map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      // A folder changes when something in it is added, renamed or deleted.
      const within = stats?.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
      return Math.max(stats?.mtimeMs ?? 0, newest(...within));
    }),
    0,
  );
}
