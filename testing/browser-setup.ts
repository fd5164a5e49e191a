// Runs before and after the browser tests, however they are started: by
// `npm run test:e2e`, `npx playwright test login`, or an editor.

import { mkdirSync, rmSync } from "node:fs";
import { step } from "@/lib/terminal";
import { generateClient } from "@/prisma/generate";
import { build } from "@/server/build";
import { createDatabase, startTestPostgres } from "./databases";
import { compileProgram } from "./program";
import { findFirefox, findPgBouncer, findProxies, findRedis, findWholeChromium, requireChromium } from "./programs";
import { startServer } from "./server";
import { BUILD, FOLDER, PRINTED, SECRET } from "./settings";

/**
 * Provides the tests with programs, a build, Postgres, and the server that most of them share.
 * Returns a function that stops the server and Postgres.
 */
export default async function setup(): Promise<() => Promise<void>> {
  mkdirSync(PRINTED, { recursive: true });
  rmSync(`${FOLDER}/outbox`, { recursive: true, force: true });
  await generateClient();
  // The test processes start later and inherit this environment.
  Object.assign(process.env, {
    NEXT_TELEMETRY_DISABLED: "1",
    SESSION_SECRET: SECRET,
    PASSWORD_COST: "10",
    // The most verbose level, so that a leaked secret is most likely to be found.
    LOG_LEVEL: "trace",
    // Each test poses as a separate client by sending X-Forwarded-For, as a proxy would.
    TRUSTED_PROXIES: "127.0.0.1,::1",
    OUTBOX_FOLDER: `${FOLDER}/outbox`,
    OUTBOX_SHOWN: "yes",
  });
  // Next.js builds in another process. Meanwhile this one installs what is missing.
  const [, , programs] = await Promise.all([
    build({ folder: BUILD }),
    compileProgram(`${FOLDER}/program`),
    findPrograms(),
  ]);
  Object.assign(process.env, programs);

  const postgres = await startTestPostgres(FOLDER);
  try {
    process.env.DATABASE_URL = await createDatabase(postgres.url, "e2e");
    const server = await step("Server started", () => startServer({ PROGRAM: "cli/main.mjs" }, "server"));
    // Puts a request into the log, even if the chosen tests send none: the last check of cli/commands/test.ts needs one.
    await fetch(`${server.url}/login`);
    Object.assign(process.env, { APP_URL: server.url, PORT: new URL(server.url).port });
    return async () => {
      await server.stop();
      await postgres.stop();
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** The paths of the programs that the tests run, by the names of their variables. Empty if one is missing. */
async function findPrograms(): Promise<Record<string, string>> {
  const { nginx, caddy, haproxy, apache2, openssl } = await findProxies();
  return {
    CHROMIUM: await requireChromium(),
    WHOLE_CHROMIUM: (await findWholeChromium()) ?? "",
    FIREFOX: (await findFirefox()) ?? "",
    NGINX: nginx ?? "",
    CADDY: caddy ?? "",
    HAPROXY: haproxy ?? "",
    APACHE2: apache2 ?? "",
    OPENSSL: openssl ?? "",
    REDIS: (await findRedis()) ?? "",
    PGBOUNCER: (await findPgBouncer()) ?? "",
  };
}
