import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { WrongArguments } from "@/lib/terminal";
import { unlessStopped } from "@/server/shutdown";
import { faultsOfCatalogues } from "@/testing/catalogues";
import { failedTests } from "@/testing/failed-tests";
import { emptyTable, readTable } from "@/testing/failover-table";
import { faultsOfPrinted, passwordsIn } from "@/testing/leaked-secrets";
import { faultsOfEnglish } from "@/testing/plain-english";
import { findOwnNetwork, findRedis, findValkey } from "@/testing/programs";
import { FAULTS, FOLDER, PRINTED, SECRET } from "@/testing/settings";
import { discard } from "@/testing/standby";

type Count = { passed: number; failed: number; skipped: number; failures?: string[] };

const PARTS: Record<string, (files: string[], isOneOfAll: boolean) => Promise<Count[]>> = {
  check,
  unit,
  e2e,
  failover,
};

/**
 * `npm test`: runs all checks and tests, or only the named part.
 * Further arguments select the tests by file name. The last line counts the results.
 */
export async function main([name, ...files]: string[]): Promise<void> {
  const parts = partsOf(name);
  if (name === "check" && files.length > 0)
    throw new WrongArguments(`npm run check takes no arguments, but was given ${files.join(" ")}.`);
  rmSync(PRINTED, { recursive: true, force: true });
  mkdirSync(PRINTED, { recursive: true });

  const counts: Count[] = [];
  for (const part of parts) counts.push(...(await part(files, name === undefined)));

  const sum = (kind: "passed" | "failed" | "skipped") => counts.reduce((total, count) => total + count[kind], 0);
  // Once more at the end: between thousands of others they are hard to find, and some tools keep only the end of an output.
  for (const failure of counts.flatMap(({ failures = [] }) => failures)) console.log(`\n${failure}`);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
  process.exit(sum("failed") > 0 ? 1 : 0);
}

/** The named part, or all without a name. */
function partsOf(name: string | undefined) {
  if (name === undefined) return Object.values(PARTS);
  const part = Object.hasOwn(PARTS, name) && PARTS[name];
  if (!part) throw new WrongArguments(`The part "${name}" does not exist. Parts: ${Object.keys(PARTS).join(", ")}.`);
  return [part];
}

/** Checks types, lint, format, dead code and plain English. */
async function check(): Promise<Count[]> {
  run("node_modules/next/dist/bin/next", ["typegen"]);
  return [
    // From scratch: the cache of an earlier run once hid the removal of an exported function.
    checked("Types", "node_modules/typescript/bin/tsc", ["--noEmit", "--incremental", "false"]),
    checked("Lint and format", "node_modules/@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]),
    checked("Dead code", "node_modules/knip/bin/knip.js", []),
    counted("Catalogues", faultsOfCatalogues()),
    counted("Plain English", faultsOfEnglish()),
  ];
}

function checked(title: string, script: string, args: string[]): Count {
  return counted(title, run(script, args) ? [] : ["Its messages are above."]);
}

/** One check, passed if it found nothing. */
function counted(title: string, faults: string[]): Count {
  if (faults.length === 0) {
    console.log(`✓ ${title}`);
    return { passed: 1, failed: 0, skipped: 0 };
  }
  const failure = [`✗ ${title}`, ...faults].join("\n  ");
  console.log(failure);
  return { passed: 0, failed: 1, skipped: 0, failures: [failure] };
}

/** Runs the unit tests, with a real database: vitest.config.ts, testing/unit-setup.ts. */
function unit(files: string[], isOneOfAll: boolean): Promise<Count[]> {
  const settings = {
    LOG_LEVEL: "trace",
    // Where only this part runs, a developer is waiting: one time zone is enough, and Redis without Valkey.
    ...(isOneOfAll && { EVERY_ZONE: "yes" }),
  };
  return vitest("unit", files, settings);
}

/** Loses real servers under load: testing/failover. */
async function failover(files: string[]): Promise<Count[]> {
  // The tests' own network reaches no package server, so missing programs are installed before.
  for (const find of [findRedis, findValkey]) await find();
  // One that a killed run has left may be in another network.
  await discard(FAULTS);
  emptyTable();
  const network = await findOwnNetwork();
  const settings = { FAILOVER: network ? "network" : "yes", LOG_LEVEL: "silent" };
  const counts = await vitest("failover", ["--project=failover*", ...files], settings, network ?? []);
  const table = readTable();
  if (table) console.log(`\n${table}`);
  return counts;
}

async function vitest(
  name: string,
  args: string[],
  settings: Record<string, string>,
  before: string[] = [],
): Promise<Count[]> {
  const report = `${FOLDER}/${name}.json`;
  rmSync(report, { force: true });
  const reporters = [
    `--reporter=${name === "failover" ? "verbose" : "default"}`,
    "--reporter=json",
    `--outputFile=${report}`,
  ];
  await unlessStopped((_onStop, stop) =>
    runKept(name, "node_modules/vitest/vitest.mjs", ["run", ...reporters, ...args], settings, stop, before),
  );
  const read = readReport(report);
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, success = false } = read;
  const failures = failedTests(read);
  // Files that cannot be read have no failed test.
  const failed = Math.max(numFailedTests, failures.length);
  return [
    broken(success && numPassedTests > 0, failed, name),
    { passed: numPassedTests, failed, skipped: numPendingTests, failures },
  ];
}

/** Runs the tests in real browsers, with the built application: playwright.config.ts, testing/browser-setup.ts. */
async function e2e(files: string[]): Promise<Count[]> {
  const report = `${FOLDER}/browser.json`;
  rmSync(report, { force: true });
  const passed = await unlessStopped((_onStop, stop) =>
    runKept("browser", "node_modules/playwright/cli.js", ["test", ...files], {}, stop),
  );
  const read = readReport(report);
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = read.stats ?? {};
  const failures = failedTests(read);
  const failed = Math.max(unexpected + flaky, failures.length);
  return [
    broken(passed && expected > 0, failed, "browser"),
    { passed: expected, failed, skipped, failures },
    nothingSecretPrinted(passed),
  ];
}

/** One more test: the output contains no token, seal, password, link or cookie. */
function nothingSecretPrinted(passed: boolean): Count {
  // A failed test prints what it typed, including passwords.
  if (!passed) rmSync(`${PRINTED}/browser.log`);
  const specs = readdirSync("e2e", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const sources = specs.map((file) => readFileSync(`e2e/${file}`, "utf8"));
  const faults = faultsOfPrinted(PRINTED, "server.log", [SECRET, ...sources.flatMap(passwordsIn)]);
  return counted("Nothing secret was printed", faults);
}

/** Counts one failure when a run failed without a failed test: it crashed, or found no tests. */
function broken(passed: boolean, failures: number, name: string): Count {
  if (passed || failures > 0) return { passed: 0, failed: 0, skipped: 0 };
  return { passed: 0, failed: 1, skipped: 0, failures: [`✗ ${name}: ended without a result. The output says why.`] };
}

/** Runs a script with this Node.js. Returns whether it succeeded. */
function run(script: string, args: string[], settings: Record<string, string> = {}): boolean {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...settings };
  return spawnSync(process.execPath, [script, ...args], { stdio: "inherit", env }).status === 0;
}

/** Like `run`, but also writes the output to a file of this name. The command begins with `before`. */
async function runKept(
  name: string,
  script: string,
  args: string[],
  settings: Record<string, string>,
  stop: AbortSignal,
  before: string[] = [],
) {
  const env = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: "1",
    ...(process.stdout.isTTY && { FORCE_COLOR: "1" }),
    ...settings,
  };
  const [program = "", ...rest] = [...before, process.execPath, script, ...args];
  const tool = spawn(program, rest, { stdio: ["inherit", "pipe", "pipe"], env });
  // SIGINT, as from a terminal: after any other signal Playwright leaves its browsers and servers running.
  stop.addEventListener("abort", () => tool.kill("SIGINT"), { once: true });
  for (const [from, to] of [
    [tool.stdout, process.stdout],
    [tool.stderr, process.stderr],
  ] as const) {
    from.on("data", (text) => {
      to.write(text);
      appendFileSync(`${PRINTED}/${name}.log`, text);
    });
  }
  const [status] = await once(tool, "close");
  return status === 0;
}

/** The report of a test runner, or an empty object if it crashed before writing one. */
function readReport(path: string) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}
