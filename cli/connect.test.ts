import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setDatabase } from "./connect";

const EMBEDDED = "postgresql://localhost/embedded";
const ADDRESS = "http://localhost:3977";

const before = process.cwd();
let folder: string;
let server: ChildProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-running-"));
  mkdirSync(join(folder, ".data"));
  process.chdir(folder);
  for (const name of ["DATABASE_URL", "APP_URL", "PORT"]) vi.stubEnv(name, undefined);
  server = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "cli/main.mjs", "start"], { stdio: "ignore" });
  await once(server, "spawn");
  record(server.pid);
});

afterEach(() => {
  server.kill();
  vi.unstubAllEnvs();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function record(pid: number | undefined) {
  writeFileSync(".data/running.json", JSON.stringify({ pid, url: ADDRESS }));
}

/** The APP_URL of a command with these settings. */
function addressWith(settings: Record<string, string> = {}) {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  setDatabase(EMBEDDED);
  return process.env.APP_URL;
}

test("without APP_URL and PORT, a command uses the address of the server that runs in its folder", () => {
  expect(addressWith()).toBe(ADDRESS);
});

test.each([
  ["APP_URL", "https://login.example.com"],
  ["PORT", "4000"],
  ["DATABASE_URL", "postgresql://localhost/elsewhere"],
])("a command with %s does not use the address of the running server", (name, value) => {
  expect(addressWith({ [name]: value })).toBe(name === "APP_URL" ? value : undefined);
});

test("a command does not use the address of a server that has stopped", async () => {
  server.kill();
  await once(server, "exit");
  expect(addressWith()).toBeUndefined();
});

test.runIf(existsSync("/proc/self/cmdline"))("a command does not take another program for the server", () => {
  record(process.pid);
  expect(addressWith()).toBeUndefined();
});

test("a command uses its own settings when no server has run in its folder", () => {
  rmSync(".data/running.json");
  expect(addressWith()).toBeUndefined();
});
