import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { compileCatalogues } from "./lib/i18n/compile.ts";
import { RUNNERS, SECRET } from "./testing/settings.ts";
import { canShare, filesWithoutDatabase } from "./testing/without-database.ts";

const ROOMS = ["app", "cli", "lib", "prisma", "server", "testing"];

/** The time zones in which tests that depend on the time run again. */
const MORE_ZONES = ["Asia/Seoul", "America/New_York"];

/** Settings need a database, even where nothing reaches it. */
const NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere";

/** The first line of a test file that depends on the time. */
const OF_TIME = "/** @module-tag time */";

const resolve = { alias: { "@": fileURLToPath(new URL(".", import.meta.url)) } };

/** What all projects have in common. */
const common = {
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
};

type Project = {
  name: string;
  include: string[];
  exclude?: string[];
  isAlone: boolean;
  zone?: string;
  product?: "Valkey";
};

/** Files that each have a database of their own, and also a process of their own if `isAlone`. */
function project({ name, isAlone, zone, product, ...files }: Project): TestProjectInlineConfiguration {
  const env = {
    DATABASE_NAME: isAlone ? "unit" : "shared",
    ...(zone && { DATABASE_ZONE: zone }),
    ...(product && { PRODUCT: product }),
  };
  return {
    resolve,
    test: {
      ...common,
      ...(product && { globalSetup: "testing/valkey-setup.ts" }),
      name,
      ...files,
      isolate: isAlone,
      env: { ...common.env, ...env },
      setupFiles: "testing/own-database.ts",
    },
  };
}

/** The tests of what every session store promises, and of the losses of Redis. */
const CONTRACT = ["lib/session/store/contract*.test.ts"];
const LOSSES_OF_REDIS = ["testing/failover/{alone,sentinels,cluster}.spec.ts"];

/** The pattern of one file, whose name may have brackets. */
function asPattern(file: string): string {
  return file.replace(/[()[\]]/g, "\\$&");
}

// Before any file that reads the words is imported, even by the set-up.
await compileCatalogues();

const files = ROOMS.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
).filter((file) => file.endsWith(".test.ts"));
const withoutDatabase = filesWithoutDatabase(files);
const withDatabase = files.filter((file) => !withoutDatabase.includes(file));
const shared = withDatabase.filter(canShare);
const alone = withDatabase.filter((file) => !canShare(file));
const isOfTime = (file: string) => readFileSync(file, "utf8").startsWith(OF_TIME);

export default defineConfig({
  resolve,
  test: {
    // Runs once for all projects, because none of them inherits it.
    globalSetup: "testing/unit-setup.ts",
    maxWorkers: RUNNERS,
    projects: [
      // A file that is added while the tests are watched belongs here.
      project({
        name: "unit",
        include: [`{${ROOMS.join()}}/**/*.test.ts`],
        exclude: [...shared, ...withoutDatabase].map(asPattern),
        isAlone: true,
      }),
      project({ name: "unit, shared", include: shared.map(asPattern), isAlone: false }),
      {
        resolve,
        test: {
          ...common,
          name: "without database",
          include: withoutDatabase.map(asPattern),
          env: { ...common.env, DATABASE_URL: NOWHERE },
          isolate: false,
        },
      },
      // Only `npm test` sets EVERY_ZONE. A run for a developer who waits stays fast.
      ...(process.env.EVERY_ZONE ? MORE_ZONES : []).flatMap((zone) => [
        project({ name: zone, include: alone.filter(isOfTime).map(asPattern), isAlone: true, zone }),
        project({ name: `${zone}, shared`, include: shared.filter(isOfTime).map(asPattern), isAlone: false, zone }),
      ]),
      // Only `npm test` also runs the store redis with Valkey.
      ...(process.env.EVERY_ZONE
        ? [project({ name: "Valkey", include: CONTRACT, isAlone: true, product: "Valkey" })]
        : []),
      // Only for the tests of failovers, in a run of their own.
      ...(process.env.FAILOVER
        ? [
            project({ name: "failover", include: ["testing/failover/*.spec.ts"], isAlone: true }),
            project({ name: "failover, Valkey", include: LOSSES_OF_REDIS, isAlone: true, product: "Valkey" }),
          ].map((its) => ({ ...its, test: { ...its.test, retry: 0 } }))
        : []),
    ],
  },
});
