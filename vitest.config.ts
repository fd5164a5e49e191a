import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { RUNNERS, SECRET } from "./testing/settings.ts";

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** The zones in which those tests are run once more that depend on the time: their files begin with this. */
const MORE_ZONES = ["Asia/Seoul", "America/New_York"];
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

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } },
  test: {
    globalSetup: "testing/unit-setup.ts",
    setupFiles: "testing/own-database.ts",
    maxWorkers: RUNNERS,
    tags: [{ name: "time", description: "What depends on the time, or reads and writes one" }],
    // A busy machine is slow, and not broken.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    env: {
      APP_URL: "http://localhost:3000",
      SESSION_SECRET: SECRET,
      PASSWORD_COST: "10",
    },
    projects: [
      project("unit", [`{${ROOMS.join()}}/**/*.test.ts`], {}),
      // `npm run test:unit` asks for these as well. Whoever works on a file runs it once.
      ...(process.env.EVERY_ZONE
        ? MORE_ZONES.map((zone) => project(zone, filesOfTime(), { DATABASE_ZONE: zone }))
        : []),
    ],
  },
});
