import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { compileCatalogues } from "./lib/i18n/compile.ts";
import { RUNNERS, SECRET } from "./testing/settings.ts";
import { filesWithoutDatabase } from "./testing/without-database.ts";

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** The time zones in which tests that depend on the time run again. */
const MORE_ZONES = ["Asia/Seoul", "America/New_York"];

/** Settings need a database, even where nothing reaches it. */
const NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere";

/** The first line of a test file that depends on the time. */
const OF_TIME = "/** @module-tag time */";

/** Files that each have a process and a database of their own. */
function project(name: string, include: string[], settings: Record<string, string>): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: { name, include, env: settings, setupFiles: "testing/own-database.ts" },
  };
}

// Before any file that reads the words is imported, even by the set-up.
await compileCatalogues();

const files = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
).filter((file) => file.endsWith(".test.ts"));
const withoutDatabase = filesWithoutDatabase(files);
const withDatabase = files.filter((file) => !withoutDatabase.includes(file));
const ofTime = withDatabase.filter((file) => readFileSync(file, "utf8").startsWith(OF_TIME));

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: {
    globalSetup: "testing/unit-setup.ts",
    maxWorkers: RUNNERS,
    tags: [{ name: "time", description: "Depends on the time, or reads and writes times" }],
    // Long enough for a busy machine, on which slow tests are not broken.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // A test that is not about outages has met one because the machine was too busy: the database has a second for each
    // statement.
    retry: { count: 2, condition: /^(The database|Redis) does not answer/ },
    env: {
      APP_URL: "http://localhost:3000",
      SESSION_SECRET: SECRET,
      PASSWORD_COST: "10",
    },
    projects: [
      project("unit", withDatabase, {}),
      {
        extends: true,
        test: { name: "without database", include: withoutDatabase, env: { DATABASE_URL: NOWHERE }, isolate: false },
      },
      // Only `npm run test:unit` for all files sets EVERY_ZONE. A run of single files stays fast.
      ...(process.env.EVERY_ZONE ? MORE_ZONES.map((zone) => project(zone, ofTime, { DATABASE_ZONE: zone })) : []),
    ],
  },
});
