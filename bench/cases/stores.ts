import { randomInt } from "node:crypto";
import { seal } from "@/lib/session/cookie";
import { UserError } from "@/lib/terminal";
import { cookieName } from "@/testing/cookie-name";
import { findRedis } from "@/testing/programs";
import { startRedis, type TestRedis } from "@/testing/redis";
import type { Bench, Case, Table } from "../case";
import { emptySessions, fillSessions, tokenOf, withClient } from "../fill";
import { noteOf, type Revocation, revokeOnce, tableOf } from "../revocation";
import { interleave, type Round, range } from "../rounds";
import { spread } from "../statistics";
import { latchkeyRedis, startLatchkey } from "../targets/latchkey";
import type { Target } from "../targets/target";

/** The sessions of a user that `fillSessions` creates. The first of them revokes the others. */
const EACH = 10;

export default {
  title: "Session stores: Postgres and Redis",
  about:
    "GET /api/session with random sessions, from instances that look them up in Postgres and in Redis: 32 requests at once, and one at a time. Then the memory that Redis needs, and sessions that one instance revokes and another refuses.",
  async measure(bench) {
    const program = await findRedis();
    if (!program) throw new UserError("This case needs redis-server (apt-get install redis-server)");
    const sessions = bench.isQuick ? 5000 : 100_000;
    // It is started before any instance reads from Redis: it knows nothing of that.
    await bench.targets(["latchkey"]);
    await emptySessions();
    await fillSessions({ from: EACH, to: sessions - 1, areOver: false });
    const redis = await startRedis(program);
    try {
      const empty = memoryOf(redis);
      const target = await latchkeyRedis(redis);
      const cookies = await Promise.all(Array.from({ length: 1000 }, () => seal(tokenOf(randomInt(EACH, sessions)))));
      await untilCopied(target, cookies);
      const each = (memoryOf(redis) - empty) / (sessions - EACH);

      const rounds = { "32 at once": 32, "one at a time": 1 };
      const measured: [string, Round[]][] = [];
      for (const [how, connections] of Object.entries(rounds))
        measured.push([how, await measureRounds(bench, target, { cookies, connections })]);
      const revocations = await revokeAll(bench, target, redis);
      await target.stop();
      return {
        tables: [
          ...measured.map(([how, its]) => compareStores(`Look-ups, ${how}`, its)),
          tableOf("Revoked on one instance with Redis, refused by the other", revocations),
        ],
        charts: [],
        notes: [
          `Memory in Redis: ${each.toFixed(0)} bytes for each of ${sessions.toLocaleString("en")} sessions.`,
          noteOf(revocations),
          ...measured.flatMap(([, its]) =>
            its.flatMap(({ target, invalid }) => (invalid ? [`A round of ${target} was discarded: ${invalid}.`] : [])),
          ),
        ],
        raw: { each, measured, revocations },
      };
    } finally {
      await redis.kill();
      await withClient((client) => client.query("DELETE FROM session_buckets"));
      await emptySessions();
    }
  },
} satisfies Case;

function memoryOf(redis: TestRedis): number {
  return Number(/^used_memory:(\d+)/m.exec(redis.run("info", "memory"))?.[1]);
}

/** The number of look-ups that Redis has answered, and of those that it could not. */
async function lookUpsOf({ url }: { url: string }): Promise<{ found: number; others: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^latchkey_redis_lookups_total\{outcome="(\w+)"\} (\d+)$/gm)];
  const sum = (isMeant: (outcome: string) => boolean) =>
    counts.reduce((total, [, outcome = "", count]) => total + (isMeant(outcome) ? Number(count) : 0), 0);
  return { found: sum((outcome) => outcome === "found"), others: sum((outcome) => outcome !== "found") };
}

/** Waits until Redis has a copy of every bucket. */
async function untilCopied({ url }: Target, cookies: string[]): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const before = await lookUpsOf({ url });
    for (const cookie of cookies) await ask(url, cookie);
    // The server keeps its metrics for a moment.
    await new Promise((done) => setTimeout(done, 1500));
    if ((await lookUpsOf({ url })).others === before.others) return;
  }
  throw new Error("Redis does not answer");
}

async function ask(url: string, cookie: string): Promise<void> {
  const answer = await fetch(`${url}/api/session`, { headers: { cookie: `${cookieName(url)}=${cookie}` } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`/api/session responded with ${answer.status}`);
}

async function measureRounds(
  bench: Bench,
  target: Target,
  { cookies, connections }: { cookies: string[]; connections: number },
): Promise<Round[]> {
  return interleave(bench, {
    names: ["latchkey"],
    others: [target],
    connections,
    ...(bench.isQuick ? { warmUp: 640, rounds: 2, amount: 960 } : { warmUp: 4096, rounds: 9, amount: 6400 }),
    ask: async ({ url }) => ({
      asks: cookies.map((cookie) => ({ path: "/api/session", headers: { cookie: `${cookieName(url)}=${cookie}` } })),
      status: 200,
    }),
  });
}

function compareStores(title: string, rounds: Round[]): Table {
  const of = (name: Round["target"], value: (round: Round) => number) =>
    spread(rounds.filter(({ target, invalid }) => target === name && !invalid).map(value));
  const all = ({ server, postgres, redis }: Round) => server + postgres + redis;
  const names: [Round["target"], string][] = [
    ["latchkey", "Postgres"],
    ["latchkey-redis", "Redis"],
  ];
  const base = of("latchkey", all).median;
  return {
    title,
    head: ["", "CPU ms/request", "of which server", "Postgres", "Redis", "CPU time / Postgres'", "median ms", "p99 ms"],
    rows: names.map(([name, label]) => [
      label,
      range(of(name, all), 3),
      ...(["server", "postgres", "redis"] as const).map((part) => of(name, (round) => round[part]).median.toFixed(3)),
      `${(of(name, all).median / base).toFixed(2)} ×`,
      of(name, ({ median }) => median).median.toFixed(1),
      of(name, ({ p99 }) => p99).median.toFixed(1),
    ]),
  };
}

/** Revokes sessions on a second instance, and counts what the first accepts afterwards. */
async function revokeAll(bench: Bench, second: Target, redis: TestRedis): Promise<Revocation[]> {
  const times = bench.isQuick ? 90 : 1000;
  const first = await startLatchkey({ SESSION_STORE: "redis", REDIS_URL: redis.url }, "latchkey-redis-second");
  const before = await lookUpsOf(second);
  const measured: Revocation[] = [];
  for (let session = EACH; measured.length < times; session++) {
    const ownerSession = session - (session % EACH);
    if (session === ownerSession) continue;
    if (measured.length % 100 === 0) bench.say(`${measured.length} of ${times} revocations`);
    const token = tokenOf(session);
    const handle = await withClient(async (client) => {
      const sql = "SELECT handle FROM sessions WHERE token_hash = sha256($1::bytea)";
      return (await client.query(sql, [token])).rows[0].handle;
    });
    const owner = await seal(tokenOf(ownerSession));
    measured.push(await revokeOnce({ first: first.url, second: second.url, owner, token, handle }));
  }
  await first.stop();
  const after = await lookUpsOf(second);
  if (after.found - before.found < times * 0.9) throw new Error("Redis has not answered the look-ups");
  return measured;
}
