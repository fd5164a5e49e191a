import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { failedTests } from "./failed-tests";
import { FOLDER } from "./settings";

// Real runners write the reports, so that a new version with another format is noticed.

/** Runs a test runner in a folder with these files, and returns the tests that failed by its report. */
function failuresOf(script: string, args: string[], files: Record<string, string>): string[] {
  mkdirSync(FOLDER, { recursive: true });
  const cwd = mkdtempSync(resolve(FOLDER, "failed-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(`${cwd}/${name}`, text);
  const { VITEST: _vitest, ...env } = process.env;
  spawnSync(process.execPath, [resolve(script), ...args], { cwd, env });
  const report = JSON.parse(readFileSync(`${cwd}/report.json`, "utf8"));
  rmSync(cwd, { recursive: true });
  return failedTests(report).map((failure) => failure.replaceAll(`${cwd}/`, ""));
}

// Without a folder for its output, Playwright takes one beside package.json.
const PLAYWRIGHT = `export default {
  testMatch: "*.check.mjs",
  outputDir: "output",
  reporter: [["json", { outputFile: "report.json" }]],
};`;

const one = (runner: string) => `
  import * as runner from "${runner}";
  const { expect, test, describe = test.describe } = runner;
  describe("sums", () => test("are wrong", () => expect(1 + 1).toBe(3)));
  test("holds", () => expect(2).toBe(2));
  test.skip("waits", () => expect(2).toBe(3));
`;

test("the end of the output names the failed tests of Vitest, with their messages", () => {
  const failures = failuresOf(
    "node_modules/vitest/vitest.mjs",
    ["run", "--root", ".", "--reporter=json", "--outputFile=report.json"],
    {
      "vitest.config.mjs": "export default { test: { include: ['*.check.mjs'] } };",
      "one.check.mjs": one("vitest"),
      "two.check.mjs": "throw new Error('nothing to import');",
    },
  );
  expect(failures).toHaveLength(2);
  expect(failures).toContainEqual(expect.stringMatching(/^✗ one\.check\.mjs > sums are wrong\n.*expected 2 to be 3/));
  expect(failures).toContainEqual(expect.stringMatching(/^✗ two\.check\.mjs\n.*nothing to import/));
});

test("the end of the output names the failed tests of Playwright, with their messages", () => {
  const failures = failuresOf("node_modules/playwright/cli.js", ["test"], {
    "playwright.config.mjs": PLAYWRIGHT,
    "one.check.mjs": one("playwright/test"),
  });
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(/^✗ one\.check\.mjs:4 > sums > are wrong\n.*Expected: 3/s);
});

test("the end of the output names what Playwright cannot read", () => {
  const failures = failuresOf("node_modules/playwright/cli.js", ["test"], {
    "playwright.config.mjs": PLAYWRIGHT,
    "one.check.mjs": "throw new Error('nothing to import');",
  });
  expect(failures[0]).toMatch(/^✗ outside all tests\n.*nothing to import/);
});
