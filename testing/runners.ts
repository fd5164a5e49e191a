import { availableParallelism } from "node:os";

/** So many files of unit tests are run at once: as many as there are cores, for more would wait for each other. */
export const RUNNERS = Math.max(2, Math.min(4, availableParallelism()));
