import { defineConfig } from "playwright/test";
import { BUILD, RUNNERS } from "./testing/settings";

// Some files have a test for each route or action of the build, or name the server. These are for
// when tests are only listed, as an editor does.
process.env.BUILD_DIR ??= BUILD;
process.env.APP_URL ??= "http://localhost:3000";

// Set by testing/browser-setup.ts, before the processes start that run the tests and read this once more.
const { APP_URL, CHROMIUM } = process.env;

export default defineConfig({
  testDir: "e2e",
  outputDir: ".test/browser",
  globalSetup: "./testing/browser-setup.ts",
  fullyParallel: true,
  workers: RUNNERS,
  forbidOnly: true,
  // A busy machine is slow, and not broken.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: ".test/browser.json" }]],
  use: {
    baseURL: APP_URL,
    screenshot: "only-on-failure",
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
