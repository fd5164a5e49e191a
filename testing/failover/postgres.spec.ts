import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import { NEEDED, startRedis } from "@/testing/redis";
import { createBase, lacksForStandby, startPair } from "@/testing/standby";
import { newUsers } from "./faults";
import { startInstances } from "./instances";
import { play, type Tally } from "./load";
import { expectNoHarm, PATIENCE, playUntilHarm, RUNS, record } from "./report";

vi.setConfig({ testTimeout: (5 + RUNS) * PATIENCE, hookTimeout: PATIENCE });

const FOLDER = ".test/failover-pair";
const lack = lacksForStandby();
const redis = inject("redis");

/** How long a page may hang while the database is away, in milliseconds (lib/db.ts). */
const LONGEST = 3000;

beforeAll(async () => {
  if (!lack) await createBase(FOLDER);
});

type Fault = "kill" | "hang";

/** Loses the primary 0.4 s after its last change reached the standby, if that does not wait for it. */
async function playPair(fault: Fault, isSynchronous: boolean, settings: Record<string, string>): Promise<Tally> {
  const pair = await startPair(FOLDER);
  if (isSynchronous) await pair.waitForStandby();
  const instances = startInstances({ DATABASE_URL: pair.url, ...settings });
  try {
    const users = await newUsers(pair.url);
    let isLost = false;
    const isBack = async () => {
      const outcomes = await Promise.all(instances.map((one) => one.ask({ kind: "start", userId: String(users[0]) })));
      return (
        outcomes.every(({ error }) => error === null) &&
        (isLost || settings.SESSION_STORE !== "redis" || (await areAnswered()))
      );
    };
    const areAnswered = async () => (await Promise.all(instances.map((one) => one.isAnsweredByRedis()))).every(Boolean);
    const lose = async (stopLogIns: () => void) => {
      isLost = true;
      if (!isSynchronous) await pair.caughtUp();
      // Longer than the standby takes to be promoted: what a primary that hangs has sent must not arrive before that.
      if (!isSynchronous) pair.delay(2000);
      // Redis gets a new session just after the commit. Until then its look-ups need Postgres.
      if (settings.SESSION_STORE === "redis") stopLogIns();
      await pause(400);
      pair.primary[fault]();
      // As long as a tool for failover takes to notice.
      await pause(1000);
      await pair.standby.promote();
    };
    return await play({ instances, users, lose, isBack });
  } finally {
    for (const instance of instances) instance.stop();
    await pair.stop();
  }
}

async function playTimes(title: string, once: () => Promise<Tally>): Promise<Tally[]> {
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await once());
  record(title, runs);
  return runs;
}

describe.skipIf(lack)(`Postgres with a standby${lack ? ` (skipped: ${lack})` : ""}`, () => {
  test.each(["kill", "hang"] as const)(
    "that is waited for loses nothing when the primary is lost (%s)",
    async (fault) => {
      const runs = await playTimes(`Postgres, synchronous: ${fault}`, () => playPair(fault, true, {}));
      for (const { lost, alive, refused, errors, longestOwn } of runs) {
        expect({ lost, alive, refused, errors }).toEqual({ lost: 0, alive: 0, refused: 0, errors: [] });
        expect(longestOwn).toBeLessThan(LONGEST);
      }
    },
  );

  test.each(["kill", "hang"] as const)("that is not waited for brings ended sessions back (%s)", async (fault) => {
    const runs = await playUntilHarm(() => playPair(fault, false, {}));
    record(`Postgres, asynchronous: ${fault}`, runs);
    expect(runs.some(({ alive }) => alive > 0)).toBe(true);
  });

  test("fails no look-up and loses nothing while Redis answers", async ({ skip }) => {
    if (!redis) skip(`needs ${NEEDED}`);
    const server = await startRedis(String(redis));
    const settings = { SESSION_STORE: "redis", REDIS_URL: server.url };
    const runs = await playTimes("Postgres, synchronous, under Redis: kill", () => playPair("kill", true, settings));
    await server.kill();
    for (const run of runs) expectNoHarm(run);
  });
});
