// An instance of the application: its session store, without the server around it. load.ts forks it, and sends it acts.

import "./address";
import { setTimeout as pause } from "node:timers/promises";
import { Connection } from "@/lib/connection";
import { isOutage, transaction } from "@/lib/db";
import { metrics } from "@/lib/metrics";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";

const HERE = { userAgent: "Test", ipAddress: "192.0.2.7" };
const BROWSER = { ...HERE, publicComputer: false, previousToken: null };

export type Act = { kind: "start"; userId: string } | { kind: "find" | "end"; token: string } | { kind: "outcomes" };

type Value = string | number | boolean | Record<string, number>;

/**
 * The result of an act, or why it failed: "outage", or an error that should not happen. `took` is in milliseconds, of
 * which the machine took about `stalled`: it is busy.
 */
export type Outcome = { value: Value | null; error: string | null; took: number; stalled: number };

/** Milliseconds in which this process, or a bare statement in Postgres, waited for the machine. */
let [late, slow] = [0, 0];

async function watchMachine(): Promise<void> {
  for (;;) {
    const before = performance.now();
    await pause(10);
    late += Math.max(0, performance.now() - before - 12);
  }
}

async function watchPostgres(url: string): Promise<void> {
  const client = new Connection(url);
  await client.connect();
  for (;;) {
    const before = performance.now();
    await client.query("SELECT 1");
    slow += performance.now() - before;
    await pause(50);
  }
}

async function perform(act: Act): Promise<Value> {
  const store = sessionStore();
  if (act.kind === "find") return (await store.find(act.token)) !== null;
  if (act.kind === "start")
    return (await transaction((tx) => store.create(tx, { id: act.userId }, BROWSER, { kind: "refuse" }))).token;
  if (act.kind === "end")
    return transaction((tx) => store.end(tx, { tokenHash: hashToken(act.token) }, "logged-out", HERE));
  const { values } = await metrics().redisLookups.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ id, act }: { id: number; act: Act }) => {
  const [begun, lateBefore, slowBefore] = [performance.now(), late, slow];
  const [value, error] = await perform(act).then(
    (value) => [value, null] as const,
    (error) => [null, isOutage(error) ? "outage" : String(error)] as const,
  );
  const stalled = Math.max(late - lateBefore, slow - slowBefore);
  const outcome: Outcome = { value, error, took: performance.now() - begun, stalled };
  process.send?.({ id, outcome });
});

watchMachine();
watchPostgres(String(process.env.WATCHED_DATABASE));
