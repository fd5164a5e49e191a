import { test } from "vitest";

/**
 * A test that does not run again in other time zones, in a file that does (vitest.config.ts): many random requests take
 * long, and the other tests of the file show that days and zones play no part.
 */
export const testInOneZone: typeof test | (() => void) = process.env.DATABASE_ZONE ? () => {} : test;
