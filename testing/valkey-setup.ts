import type { TestProject } from "vitest/node";
import { findValkey } from "./programs";

/** Gives the tests of a project Valkey in place of Redis. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("redis", await findValkey());
}
