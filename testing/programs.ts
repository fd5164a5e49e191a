import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";
import { step, UserError } from "@/lib/terminal";

// The headless shell comes first: it opens a page in a third of the time.
const CHROMIUM = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FIREFOX = ["firefox-esr", "firefox"];

/**
 * Returns the path of a Chromium to test with: an installed one, otherwise Playwright's
 * own, which is downloaded, otherwise Debian's. Throws a UserError that says what to
 * install.
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
 * Returns the path of a Chromium that is not the headless shell, which binds no sessions to devices. Null if none can be
 * found or installed. The tests that need it are then skipped and say so.
 */
export async function findWholeChromium(): Promise<string | null> {
  const names = CHROMIUM.slice(1);
  const found = findProgram(names);
  if (found || !isDebianRoot()) return found;

  return step("Chromium installed", () => {
    installFromDebian("chromium");
    return findProgram(names);
  });
}

/**
 * Returns the path of a Firefox, or null if none can be found or installed. The test
 * that needs it is then skipped and says so.
 */
export async function findFirefox(): Promise<string | null> {
  const found = findProgram(FIREFOX);
  if (found || !isDebianRoot()) return found;

  return step("Firefox installed", () => {
    installFromDebian("firefox-esr");
    return findProgram(FIREFOX);
  });
}

/** The proxies that the tests run, and openssl for their certificates, with their Debian packages. */
const PROXIES = {
  nginx: ["nginx-light"],
  caddy: ["caddy"],
  haproxy: ["haproxy"],
  apache2: ["apache2-bin", "lua-socket"],
  openssl: ["openssl"],
};

/** The part of lua-socket that Apache's configuration needs. */
const LUA_HTTP = "/usr/share/lua/5.3/socket/http.lua";

/** Returns the path of each of PROXIES, or null if it cannot be found or installed: its tests are then skipped. */
export async function findProxies(): Promise<Record<keyof typeof PROXIES, string | null>> {
  const names = Object.keys(PROXIES) as (keyof typeof PROXIES)[];
  const has = (name: string) => name !== "apache2" || existsSync(LUA_HTTP);
  const find = () =>
    Object.fromEntries(names.map((name) => [name, has(name) ? findProgram([name]) : null])) as Record<
      keyof typeof PROXIES,
      string | null
    >;
  const found = find();
  const missing = names.filter((name) => !found[name]);
  if (missing.length === 0 || !isDebianRoot()) return found;

  return step(`Installed: ${missing.join(", ")}`, () => {
    withoutStarting(() => installFromDebian(...missing.flatMap((name) => PROXIES[name])));
    return find();
  });
}

/** Returns the path of pgbouncer, or null if it cannot be found or installed: its test is then skipped. */
export async function findPgBouncer(): Promise<string | null> {
  const found = findProgram(["pgbouncer"]);
  if (found || !isDebianRoot()) return found;

  return step("PgBouncer installed", () => {
    withoutStarting(() => installFromDebian("pgbouncer"));
    return findProgram(["pgbouncer"]);
  });
}

/** Returns the path of openssl, or null if it is not installed. */
export function findOpenssl(): string | null {
  return findProgram(["openssl"]);
}

/** Returns the path of redis-server, or null if it cannot be found or installed: its tests are then skipped. */
export async function findRedis(): Promise<string | null> {
  const found = findProgram(["redis-server"]);
  if (found || !isDebianRoot()) return found;

  return step("Redis installed", () => {
    withoutStarting(() => installFromDebian("redis-server"));
    return findProgram(["redis-server"]);
  });
}

/**
 * Returns the path of valkey-server, or null if it cannot be found or installed: its tests are then skipped. Debian has
 * it since version 13, and for version 12 among its backports.
 */
export async function findValkey(): Promise<string | null> {
  const find = () => findProgram(["valkey-server"]);
  const found = find();
  if (found || !isDebianRoot()) return found;

  return step("Valkey installed", () => {
    withoutStarting(() => {
      installFromDebian("valkey-server");
      if (!find()) installFromBackports("valkey-server");
    });
    return find();
  });
}

/**
 * What a network of our own needs: many addresses of this machine (testing/failover/network.ts), rules that come before
 * the table of local addresses, and a table that leads nowhere. Packets are lost there as in a broken network: a rule
 * that refuses them would be an error, upon which Redis tries another address.
 */
const PREPARATIONS = [
  "ip link set lo up",
  "ip route add local 10.77.0.0/16 dev lo",
  "ip rule add pref 100 from all lookup local",
  "ip rule del pref 0",
  "ip link add nowhere type veth peer name beyond",
  "ip link set nowhere arp off up",
  "ip link set beyond arp off up",
  "ip route add default dev nowhere table 77",
];

/** The beginning of a command that runs the rest in a network of its own, or null if this machine does not allow it. */
export async function findOwnNetwork(): Promise<string[] | null> {
  if (process.getuid?.() !== 0) return null;
  if (!findProgram(["ip"]) && isDebianRoot()) installFromDebian("iproute2");
  const command = ["unshare", "-n", "sh", "-c", `set -e; ${PREPARATIONS.join("; ")}; exec "$@"`, "sh"];
  return spawnSync("unshare", [...command.slice(1), "true"], { stdio: "ignore" }).status === 0 ? command : null;
}

/** Debian's packages run this script before they start a service. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs services without starting them: each test starts its own, and the machine's port 80 is not ours. */
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
  // Debian keeps servers in /usr/sbin, which is not on every user's PATH.
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
  // Installs one by one, so that a missing package does not prevent the others.
  for (const name of names) run("apt-get", ["install", "-y", "--no-install-recommends", name]);
}

/**
 * Installs what Debian has only among the backports of its release. They are a source of this one command: lists of
 * packages and everything else that apt keeps are in a folder of ours, so the machine's sources stay as they are.
 */
function installFromBackports(name: string): void {
  const { id, codeName } = release();
  if (id !== "debian") return;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-apt-"));
  try {
    // apt downloads as another user.
    chmodSync(folder, 0o755);
    const sources = join(folder, "sources");
    cpSync("/etc/apt/sources.list.d", sources, { recursive: true });
    writeFileSync(join(sources, "latchkey.list"), `deb http://deb.debian.org/debian ${codeName}-backports main\n`);
    for (const needed of ["lists/partial", "cache/archives/partial"])
      mkdirSync(join(folder, needed), { recursive: true });
    const own = [
      `Dir::Etc::SourceParts=${sources}`,
      `Dir::State::Lists=${join(folder, "lists")}`,
      `Dir::Cache=${join(folder, "cache")}`,
    ].flatMap((option) => ["-o", option]);
    run("apt-get", [...own, "update"]);
    run("apt-get", [...own, "install", "-y", "--no-install-recommends", name]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The distribution and the name of its release: "debian" and "bookworm". */
function release(): { id?: string; codeName?: string } {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const read = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, "m").exec(text)?.[1];
  return { id: read("ID"), codeName: read("VERSION_CODENAME") };
}

/** Runs a command and ignores its status: the callers check for the installed program. */
function run(command: string, args: string[]): void {
  spawnSync(command, args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
}
