import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { END_REASONS } from "./ending";

test("docs/operations.md lists exactly the reasons by which endings are counted", () => {
  const rows = readFileSync("docs/operations.md", "utf8").split("\n");
  const [, , labels = ""] = rows.find((row) => row.startsWith("| `latchkey_sessions_ended_total`"))?.split("|") ?? [];

  const [label, ...reasons] = Array.from(labels.matchAll(/`([^`]*)`/g), ([, name]) => name);
  expect(label).toBe("reason");
  expect(reasons).toEqual([...END_REASONS]);
});
