import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { compileCatalogues } from "./lib/i18n/compile.ts";
import { RUNNERS, SECRET } from "./testing/settings.ts";

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** The time zones in which tests that depend on the time run again. */
const MORE_ZONES = ["Asia/Seoul", "America/New_York"];

/** The first line of a test file that depends on the time. */
const OF_TIME = "/** @module-tag time */";

function project(name: string, include: string[], settings: Record<string, string>): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: { name, include, env: settings },
  };
}

function filesOfTime(): string[] {
  const files = ROOMS.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
  );
  return files.filter((file) => file.endsWith(".test.ts") && readFileSync(file, "utf8").startsWith(OF_TIME));
}

// Before any file that reads the words is imported, even by the set-up.
await compileCatalogues();

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: {
    globalSetup: "testing/unit-setup.ts",
    setupFiles: "testing/own-database.ts",
    maxWorkers: RUNNERS,
    tags: [{ name: "time", description: "Depends on the time, or reads and writes times" }],
    // Long enough for a busy machine, on which slow tests are not broken.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: {
      APP_URL: "http://localhost:3000",
      SESSION_SECRET: SECRET,
      PASSWORD_COST: "10",
    },
    projects: [
      project("unit", [`{${ROOMS.join()}}/**/*.test.ts`], {}),
      // Only `npm run test:unit` for all files sets EVERY_ZONE. A run of single files stays fast.
      ...(process.env.EVERY_ZONE
        ? MORE_ZONES.map((zone) => project(zone, filesOfTime(), { DATABASE_ZONE: zone }))
        : []),
    ],
  },
});
