import { inject } from "vitest";
import { copyDatabase } from "./copy-database";

// Gives each test file its own database, so that no file sees the rows of another.
const { DATABASE_ZONE, VITEST_POOL_ID } = process.env;
const name = ["unit", DATABASE_ZONE?.replace(/\W/g, "_"), VITEST_POOL_ID].filter(Boolean).join("_").toLowerCase();
process.env.DATABASE_URL = await copyDatabase(inject("postgres"), name, inject("template"), DATABASE_ZONE);
