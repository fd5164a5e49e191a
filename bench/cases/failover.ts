import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { seal } from "@/lib/session/cookie";
import { newToken } from "@/lib/session/token";
import { UserError } from "@/lib/terminal";
import { cookieName } from "@/testing/cookie-name";
import { findRedis } from "@/testing/programs";
import { startCluster, startSentinels, type TestRedis } from "@/testing/redis";
import { createBase, type Pair, startPair } from "@/testing/standby";
import type { Bench, Case } from "../case";
import { withClient } from "../fill";
import { HEAD, load, row } from "../load";
import { startLatchkey } from "../targets/latchkey";

const FOLDER = ".test/bench-failover";

/** How long the load goes on after a fault, in milliseconds. */
const AFTER = 10_000;

type Row = string[];

export default {
  title: "GET /api/session during a failover",
  about:
    "Four connections request the session, each after its last response, while a primary is lost. Of Redis, a replica takes over by itself; of Postgres, the standby is promoted a second later.",
  async measure(bench) {
    const program = await findRedis();
    if (!program) throw new UserError("This case needs redis-server (apt-get install redis-server)");
    const rows: Row[] = [];
    const cluster = await startCluster(program);
    rows.push(await measureRedis(bench, "Redis, cluster: primary hangs", cluster, () => cluster.nodes[0]?.hang(true)));
    const sentinels = await startSentinels(program);
    const all = { url: sentinels.url, nodes: [...sentinels.nodes, ...sentinels.sentinels] };
    rows.push(await measureRedis(bench, "Redis, Sentinel: primary killed", all, () => sentinels.nodes[0]?.kill()));
    await createBase(FOLDER);
    for (const fault of ["kill", "hang"] as const) rows.push(await measurePair(bench, fault));
    return { tables: [{ title: this.title, head: HEAD, rows }], charts: [], notes: [], raw: rows };
  },
} satisfies Case;

async function measureRedis(
  bench: Bench,
  title: string,
  { url, nodes }: { url: string; nodes: TestRedis[] },
  lose: () => unknown,
): Promise<Row> {
  bench.say(title);
  const [target] = await bench.targets(["latchkey"]);
  if (!target) throw new Error("No target was started");
  const server = await startLatchkey({ SESSION_STORE: "redis", REDIS_URL: url }, "latchkey-failover");
  const cookie = (await target.signIn()).replaceAll(new URL(target.url).port, new URL(server.url).port);
  const lost = pause(3000).then(lose);
  const measured = await load(
    server.url,
    cookie,
    lost.then(() => pause(AFTER)),
  );
  await server.stop();
  await Promise.all(nodes.map((node) => node.kill()));
  await withClient((client) => client.query("DELETE FROM session_buckets"));
  return row(title, measured);
}

async function measurePair(bench: Bench, fault: "kill" | "hang"): Promise<Row> {
  const title = `Postgres with a synchronous standby: ${fault === "kill" ? "primary killed" : "primary hangs"}`;
  bench.say(title);
  const pair = await startPair(FOLDER);
  await pair.waitForStandby();
  const server = await startLatchkey({ DATABASE_URL: pair.url }, "latchkey-pair");
  const lost = pause(3000).then(async () => {
    pair.primary[fault]();
    await pause(1000);
    await pair.standby.promote();
    await pause(AFTER);
  });
  const measured = await load(server.url, await cookieIn(pair.primary, server.url), lost);
  await server.stop();
  await pair.stop();
  return row(title, measured);
}

/** A cookie of a session in this database, for the server at `url`. */
async function cookieIn({ query }: Pair["primary"], url: string): Promise<string> {
  const [id, token] = [randomUUID(), newToken()];
  await query(
    `INSERT INTO users (id, email, name, password_hash) VALUES ('${id}', '${id}@example.com', 'Bench', 'none')`,
  );
  await query(
    `INSERT INTO sessions (token_hash, handle, mark, user_id) VALUES (sha256('${token}'), gen_random_uuid(), sha256('mark'), '${id}')`,
  );
  return `${cookieName(url)}=${await seal(token)}`;
}
