// Takes the pictures of the README again: npx playwright test --config e2e/pictures

import { defineConfig } from "playwright/test";
import tests from "../../playwright.config";

export default defineConfig({
  ...tests,
  testDir: ".",
  testMatch: "take.ts",
  projects: [],
  globalSetup: "../../testing/browser-setup.ts",
  outputDir: "../../.test/pictures",
  reporter: "list",
  workers: 1,
});
