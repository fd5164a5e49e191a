import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createBase, lacksForStandby, type Pair, startPair } from "@/testing/standby";

vi.setConfig({ testTimeout: 120_000 });

const FOLDER = ".test/replication";
const lack = lacksForStandby();

let pair: Pair;

beforeAll(async () => {
  if (lack) return;
  await createBase(FOLDER);
  pair = await startPair(FOLDER);
});

afterAll(async () => {
  await pair?.stop();
});

/** The doctor's line about replication, for a connection by this role. */
function examined(role?: string): string | undefined {
  const url = role ? pair.url.replace(/\/\/\w+:[^@]+@/, `//${role}:${role}@`) : pair.url;
  const { PATH, HOME } = process.env;
  const { stdout } = spawnSync(process.execPath, [String(process.env.PROGRAM), "doctor"], {
    env: {
      NODE_ENV: "test",
      PATH,
      HOME,
      DATABASE_URL: url,
      SESSION_SECRET: "abcdefghijklmnopqrstuvwxyz0123456789",
    },
    encoding: "utf8",
  });
  return stdout.split("\n").find((line) => /standby|synchronous/.test(line));
}

describe.skipIf(lack)(`the doctor and a standby${lack ? ` (skipped: ${lack})` : ""}`, () => {
  test("warn while Postgres does not wait for its standby, also a role that may not see its state", async () => {
    expect(examined()).toBe(
      "· Postgres does not wait for its standby: after a failover, sessions that had just ended could be active again. docs/deploy.md describes synchronous replication.",
    );
    await pair.primary.query(
      "CREATE ROLE plain LOGIN PASSWORD 'plain'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain",
    );
    expect(examined("plain")).toBe(
      "· Postgres does not wait for its standby: after a failover, sessions that had just ended could be active again. (GRANT pg_monitor shows more.) docs/deploy.md describes synchronous replication.",
    );
  });

  test("say that a standby is waited for, unless synchronous_commit is off or local", async () => {
    await pair.waitForStandby();
    expect(examined()).toBe("✓ Postgres confirms that a session has ended once a standby knows it, too.");
    await pair.primary.query("ALTER DATABASE replicated SET synchronous_commit TO local");
    expect(examined()).toContain("· Postgres does not wait for its standby");
    await pair.primary.query("ALTER DATABASE replicated SET synchronous_commit TO off");
    expect(examined()).toBe(
      "· synchronous_commit is off: after a crash of Postgres, sessions that had just ended could be active again. Set it to on.",
    );
  });
});
