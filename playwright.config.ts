import { defineConfig } from "playwright/test";
import { compileCatalogues } from "./lib/i18n/compile";
import { BUILD, RUNNERS } from "./testing/settings";

// Before any file that reads the words is imported, even by the set-up.
await compileCatalogues();

// Some files generate a test for each route or action of the build, or need the server's address. These defaults let
// an editor list the tests without a server.
process.env.BUILD_DIR ??= BUILD;
process.env.APP_URL ??= "http://localhost:3000";

/** The tests of this file run one after the other for minutes. Were they the last ones, a core would have nothing to do. */
const FIRST = "**/odd-values.spec.ts";

// testing/browser-setup.ts sets these before the test processes start, which read this file again.
const { APP_URL, CHROMIUM } = process.env;

export default defineConfig({
  testDir: "e2e",
  outputDir: ".test/browser",
  globalSetup: "./testing/browser-setup.ts",
  projects: [
    { name: "first", testMatch: FIRST },
    { name: "others", testIgnore: FIRST },
  ],
  fullyParallel: true,
  workers: RUNNERS,
  forbidOnly: true,
  // Long enough for a busy machine, on which slow tests are not broken.
  timeout: 360_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: ".test/browser.json" }]],
  use: {
    baseURL: APP_URL,
    screenshot: "only-on-failure",
    // Animations take processor time, and axe would measure contrast in the middle of a transition.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        // Chromium's sandbox refuses to start as root.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
      ],
    },
  },
});
