// What happens before and after the unit tests, however they are started:
// `npm run test:unit`, `npx vitest lib/session`, or an editor.

import type { TestProject } from "vitest/node";
import { compileCatalogues } from "@/lib/i18n/compile";
import { generateClient } from "@/prisma/generate";
import { makeTemplate, startTestPostgres } from "./databases";
import { ELSEWHERE, FOLDER } from "./settings";

declare module "vitest" {
  interface ProvidedContext {
    /** The Postgres in which each file of tests has a database of its own. */
    postgres: string;
    /** The name of what they are copied from. */
    template: string;
  }
}

/** Apart from that of the browser tests, so that both can run at once. */
const POSTGRES = `${FOLDER}/unit`;

let projects = 0;
let starting: ReturnType<typeof startTestPostgres> | undefined;

/** Starts Postgres and makes what each database is copied from. Returns what stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The processes that run the tests are started later, and inherit it.
  Object.assign(process.env, ELSEWHERE);
  await generateClient();
  await compileCatalogues();
  projects++;
  starting ??= startTestPostgres(POSTGRES);
  const { url, stop } = await starting;
  project.provide("postgres", url);
  project.provide("template", await makeTemplate(url));

  return async () => {
    if (--projects === 0) await stop();
  };
}
