import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: {
    include: ["{cli,lib,prisma,server,testing}/**/*.test.ts"],
    // One database for all, and sweeps that go through the whole of it.
    fileParallelism: false,
    // A file that begins with `/** @module-tag time */` is run in several zones (cli/commands/test.ts).
    tags: [{ name: "time", description: "What depends on the time, or reads and writes one" }],
    // A busy machine is slow, and not broken.
    testTimeout: 20_000,
    // The database is a real one, started by cli/commands/test.ts.
    env: {
      APP_URL: "http://localhost:3000",
      SESSION_SECRET: "a secret for the tests and for nothing but the tests",
      PASSWORD_COST: "10",
    },
  },
});
