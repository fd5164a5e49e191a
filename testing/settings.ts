import { availableParallelism } from "node:os";

// All that the tests make is kept apart from what an application that runs from
// this folder uses.
export const FOLDER = ".test";

/** The build that the browser tests are about. */
export const BUILD = `${FOLDER}/next`;

/** What the tests and their servers print is kept here, each in a file of its own. */
export const PRINTED = `${FOLDER}/printed`;

/** The machine that is tested on: in a third zone, and in a language whose I and i are two letters. */
export const ELSEWHERE = { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" };

/** How many tests run at once: as many as there are cores, because more would wait for each other. */
export const RUNNERS = Math.max(2, Math.min(4, availableParallelism()));

/** What the tests' servers seal cookies with. None of them may ever print it. */
export const SECRET = "a secret for the tests and for nothing but the tests";
