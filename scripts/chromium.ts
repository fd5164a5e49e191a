import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";
import { Refusal, step } from "./console";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The path of a Chromium to test with: one that is installed, or Playwright's
 * own, which is downloaded if need be; where that cannot be had, Debian's.
 * Throws a Refusal that says what to install.
 */
export async function requireChromium(): Promise<string> {
  const found = findChromium();
  if (found) return found;

  return step("Chromium installed", () => {
    run(process.execPath, ["node_modules/playwright/cli.js", "install", "chromium"]);
    if (!findChromium() && isDebianRoot()) {
      run("apt-get", ["update"]);
      run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"]);
    }
    const installed = findChromium();
    if (!installed)
      throw new Refusal(
        "The browser tests need Chromium. Install it: apt-get install chromium, or your system's equivalent",
      );
    return installed;
  });
}

function findChromium(): string | null {
  const onPath = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, chromium.executablePath()].find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isDebianRoot(): boolean {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/** Whether it worked is seen by what is there afterwards. */
function run(command: string, args: string[]): void {
  spawnSync(command, args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}
