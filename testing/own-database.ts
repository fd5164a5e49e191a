// Next.js expects AsyncLocalStorage to be global before anything else of it is loaded: see testing/next-request.
import "next/dist/server/node-environment-baseline";

import { afterAll, inject } from "vitest";
import { copyDatabase } from "./copy-database";

// Gives each test file its own database, so that no file sees the rows of another.
const { DATABASE_NAME, DATABASE_ZONE, VITEST_POOL_ID } = process.env;
const name = [DATABASE_NAME, DATABASE_ZONE?.replace(/\W/g, "_"), VITEST_POOL_ID]
  .filter(Boolean)
  .join("_")
  .toLowerCase();
process.env.DATABASE_URL = await copyDatabase(inject("postgres"), name, inject("template"), DATABASE_ZONE);

// The next file runs in this process, too. What the application keeps in it, such as connections, belongs to this file.
if (DATABASE_NAME === "shared")
  afterAll(async () => {
    const kept = globalThis as Record<string, unknown> & { latchkeyPool?: { end(): Promise<void> } };
    await kept.latchkeyPool?.end();
    for (const key of Object.keys(kept)) if (key.startsWith("latchkey")) delete kept[key];
  });
