// All that the tests make is kept apart from what an application that runs from
// this folder uses.

export const FOLDER = ".test";

/** What the tests and their servers print is kept here, each in a file of its own. */
export const PRINTED = `${FOLDER}/printed`;
