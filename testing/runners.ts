import { availableParallelism } from "node:os";

/** So many tests are run at once: as many as there are cores, for more would wait for each other. */
export const RUNNERS = Math.max(2, Math.min(4, availableParallelism()));
