import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";
import { step, UserError } from "@/lib/terminal";

// The one that has no window to draw starts a page in a third of the time.
const CHROMIUM = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FIREFOX = ["firefox-esr", "firefox"];

/**
 * The path of a Chromium to test with: one that is installed, or Playwright's
 * own, which is downloaded if need be; where that cannot be had, Debian's.
 * Throws a UserError that says what to install.
 */
export async function requireChromium(): Promise<string> {
  const found = findChromium();
  if (found) return found;

  return step("Chromium installed", () => {
    run(process.execPath, ["node_modules/playwright/cli.js", "install", "chromium"]);
    for (const name of ["chromium-headless-shell", "chromium"]) {
      if (!findChromium() && isDebianRoot()) installFromDebian(name);
    }
    const installed = findChromium();
    if (!installed)
      throw new UserError(
        "The browser tests need Chromium. Install it: apt-get install chromium, or your system's equivalent",
      );
    return installed;
  });
}

/**
 * The path of a Firefox, or null where there is none and none can be had: the
 * test that wants it is then skipped, and says so.
 */
export async function findFirefox(): Promise<string | null> {
  const found = findProgram(FIREFOX);
  if (found || !isDebianRoot()) return found;

  return step("Firefox installed", () => {
    installFromDebian("firefox-esr");
    return findProgram(FIREFOX);
  });
}

/** The proxies that the tests run, and what makes their certificates, with the packages that Debian has them in. */
const PROXIES = { nginx: "nginx-light", caddy: "caddy", haproxy: "haproxy", openssl: "openssl" };

/** The path of each of PROXIES, or null for one that is not there and cannot be had: the tests that want it are then skipped. */
export async function findProxies(): Promise<Record<keyof typeof PROXIES, string | null>> {
  const names = Object.keys(PROXIES) as (keyof typeof PROXIES)[];
  const find = () =>
    Object.fromEntries(names.map((name) => [name, findProgram([name])])) as Record<keyof typeof PROXIES, string | null>;
  const found = find();
  const missing = names.filter((name) => !found[name]);
  if (missing.length === 0 || !isDebianRoot()) return found;

  return step(`Installed: ${missing.join(", ")}`, () => {
    withoutStarting(() => installFromDebian(...missing.map((name) => PROXIES[name])));
    return find();
  });
}

/** What Debian's packages ask before they start a service. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs without starting what is installed: a test starts its own, and the machine's port 80 is not ours. */
function withoutStarting(install: () => void): void {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}

function findChromium(): string | null {
  return findProgram(CHROMIUM) ?? [chromium.executablePath()].find(isExecutable) ?? null;
}

function findProgram(names: string[]): string | null {
  // Debian keeps servers where not everybody's PATH leads.
  const onPath = `${process.env.PATH ?? ""}${delimiter}/usr/sbin`
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return onPath.find(isExecutable) ?? null;
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

function installFromDebian(...names: string[]): void {
  run("apt-get", ["update"]);
  // One by one: where Debian lacks one, the others can be had.
  for (const name of names) run("apt-get", ["install", "-y", "--no-install-recommends", name]);
}

/** Whether it worked is seen by what is there afterwards. */
function run(command: string, args: string[]): void {
  spawnSync(command, args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}
