// Runs before and after the unit tests, however they are started: by
// `npm run test:unit`, `npx vitest lib/session`, or an editor.

import type { TestProject } from "vitest/node";
import { generateClient } from "@/prisma/generate";
import { makeTemplate, startTestPostgres } from "./databases";
import { compileProgram } from "./program";
import { findRedis } from "./programs";
import { ELSEWHERE, FAULTS, FOLDER } from "./settings";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the Postgres in which each test file has its own database. */
    postgres: string;
    /** The name of the template from which these databases are copied. */
    template: string;
    /** The path of redis-server, or of valkey-server in its projects; null if it cannot be installed. */
    redis: string | null;
  }
}

/** Separate from the folders of the browser tests, so that both can run at once. */
const POSTGRES = process.env.FAILOVER ? FAULTS : `${FOLDER}/unit`;
const PROGRAM = `${POSTGRES}-program`;

/** Compiles the command line, starts Postgres and creates the template of all test databases. Returns a function that stops Postgres. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The test processes start later and inherit this environment.
  Object.assign(process.env, ELSEWHERE);
  await generateClient();
  await compileProgram(PROGRAM);
  project.provide("redis", await findRedis());
  const { url, stop } = await startTestPostgres(POSTGRES);
  project.provide("postgres", url);
  project.provide("template", await makeTemplate(url));
  return stop;
}
