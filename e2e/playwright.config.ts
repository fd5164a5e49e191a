import { defineConfig } from "playwright/test";
import { ELSEWHERE } from "@/testing/elsewhere";

// cli/commands/test.ts starts the database, builds, and sets what is read here.
const { APP_URL, CHROMIUM, PRINTED } = process.env;

export default defineConfig({
  testDir: ".",
  outputDir: "../.test/browser",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  // A busy machine is slow, and not broken.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"], ["json", { outputFile: "../.test/browser.json" }]],
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
  webServer: {
    // Kept for the last check of cli/commands/test.ts.
    command: `node cli/main.mjs serve > ${PRINTED}/server.log 2>&1`,
    cwd: "..",
    // The server alone: a browser tells its own zone and language.
    env: ELSEWHERE,
    url: `${APP_URL}/login`,
    timeout: 180_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
  },
});
