import { availableParallelism } from "node:os";

// The tests keep all their files in this folder, apart from those of an application that
// runs from the same sources.
export const FOLDER = ".test";

/** The folder of the Postgres that the tests of failovers use. */
export const FAULTS = `${FOLDER}/faults`;

/** The folder of the build that the browser tests use. */
export const BUILD = `${FOLDER}/next`;

/** The folder with the output of the tests and of each of their servers, one file each. */
export const PRINTED = `${FOLDER}/printed`;

/** The environment of the tests: a time zone other than the databases', and Turkish, in which I is not the capital of i. */
export const ELSEWHERE = { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" };

/** How many tests run at once: one more than there are cores, because tests also wait. At most 5, because each needs memory. */
export const RUNNERS = Math.min(5, availableParallelism() + 1);

/** The secret with which the tests' servers seal cookies. No server may ever print it. */
export const SECRET = "a secret for the tests and for nothing but the tests";
