import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { Connection } from "@/lib/connection";
import { DAY } from "@/lib/env";
import { createDatabase } from "@/testing/databases";
import { freePort } from "@/testing/free-port";
import { NETWORKS, writeGeoFile } from "@/testing/geo-file";
import { startRedis } from "@/testing/redis";

// Each test starts a process, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let url: string;
let pooler: Server | null = null;

beforeAll(async () => {
  url = await createDatabase(String(process.env.DATABASE_URL), "doctor", "Asia/Seoul");
});

afterEach(() => {
  pooler?.close();
  pooler = null;
});

/** The doctor's lines about a subject, in this environment. */
async function ask(about: RegExp, settings: Record<string, string>) {
  const { status, lines } = await diagnose({ DATABASE_URL: url, ...settings });
  return { status, line: lines.find((line) => about.test(line)) };
}

/** The doctor's line about connections to this database, on a machine in this time zone. */
async function examine(DATABASE_URL: string, TZ = "Pacific/Chatham") {
  return ask(/connections/i, { DATABASE_URL, TZ });
}

/** Everything that the doctor says with these settings. */
async function diagnose(settings: Record<string, string>) {
  const { PATH, HOME } = process.env;
  const SESSION_SECRET = "abcdefghijklmnopqrstuvwxyz0123456789";
  const program = spawn(process.execPath, [String(process.env.PROGRAM), "doctor"], {
    env: { NODE_ENV: "test", PATH, HOME, SESSION_SECRET, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [status]] = await Promise.all([text(program.stdout), once(program, "exit")]);
  return { status, lines: said.split("\n") };
}

/** Puts the database behind a pooler that replaces the time zone which clients request. */
async function behindPooler(): Promise<string> {
  const to = new URL(url);
  const its = new URL(url);
  pooler = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    near.on("data", (chunk) =>
      far.write(chunk.toString("latin1").replace("TimeZone\0UTC\0", "TimeZone\0GMT\0"), "latin1"),
    );
    far.pipe(near);
    for (const socket of [near, far]) socket.on("error", () => {}).on("close", () => near.destroy() && far.destroy());
  }).listen(0, "127.0.0.1");
  await once(pooler, "listening");
  its.port = String((pooler.address() as { port: number }).port);
  return its.href;
}

test("the doctor reports that connections use UTC, and names this machine's time zone", async () => {
  const line = "✓ Database connections use UTC. This machine's time zone is";
  expect(await examine(url)).toEqual({ status: 0, line: `${line} Pacific/Chatham.` });
  expect(await examine(url, "UTC")).toEqual({ status: 0, line: `${line} UTC.` });
});

test("the doctor says what sessions in memory do not promise, and finds a server that refuses to start with them", async () => {
  const limits = expect.stringMatching(/^· Sessions are in the memory of one process: a restart logs everybody out/);
  const refusal = expect.stringMatching(/^✗ SESSION_STORE=memory is refused/);
  const memory = { DATABASE_URL: url, SESSION_STORE: "memory" };

  const refused = await diagnose(memory);
  expect(refused).toMatchObject({ status: 1, lines: expect.arrayContaining([limits, refusal]) });
  const allowed = await diagnose({ ...memory, SESSION_STORE_MEMORY: "yes" });
  expect(allowed).toMatchObject({ status: 0, lines: expect.arrayContaining([limits]) });
  expect(allowed.lines).not.toEqual(expect.arrayContaining([refusal]));
});

test("the doctor finds a pooler that changes the time zone of connections", async () => {
  const line =
    "✗ Database connections have wrong settings: TimeZone is GMT instead of UTC. Reset them for the role, the database or the pooler.";
  expect(await examine(await behindPooler())).toEqual({ status: 1, line });
});

const redisServer = inject("redis");
if (!redisServer) test.skip("the doctor and Redis, which need redis-server (apt-get install redis-server)");

test.skipIf(!redisServer)("the doctor says whether Redis can be used over TLS, and which one it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, ...names],
    {
      stdio: "ignore",
    },
  );
  const secure = await freePort();
  const files = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"];
  const redis = await startRedis(String(redisServer), "--tls-port", String(secure), ...files);
  const settings = { DATABASE_URL: url, SESSION_STORE: "redis", REDIS_URL: `rediss://localhost:${secure}` };

  const linesOf = async (more: Record<string, string>) => {
    const { status, lines } = await diagnose({ ...settings, ...more });
    return { status, lines: lines.filter((line) => /redis/i.test(line)) };
  };

  const { lines } = await linesOf({ NODE_EXTRA_CA_CERTS: certificate });
  expect(lines).toEqual([
    expect.stringMatching(/^✓ Redis \d+\.\d+\.\d+ responds\. This instance reads sessions from it\.$/),
  ]);
  // On a busy machine the doctor may not have heard yet why there is no connection.
  await expect
    .poll(() => linesOf({}), { timeout: 50_000 })
    .toEqual({
      status: 1,
      lines: [expect.stringMatching(/^✗ Redis cannot be used \(self-signed certificate\)\. Check REDIS_URL/)],
    });
  await redis.kill();
  rmSync(folder, { recursive: true });
});

test("the doctor finds database settings that override those of our connections", async () => {
  const owner = new Connection(url);
  await owner.connect();
  const change = (sql: string) => owner.query(`ALTER DATABASE doctor ${sql}`);
  await change("SET default_transaction_isolation = 'serializable'");
  expect(await examine(url)).toMatchObject({ status: 1, line: expect.stringContaining("isolation is serializable") });
  await change("RESET default_transaction_isolation");
  await change("SET search_path = pg_catalog");
  expect(await examine(url)).toMatchObject({ status: 1, line: expect.stringContaining("schema is pg_catalog") });
  await change("RESET search_path");
  await owner.end();
});

test("the doctor names the kind and the date of GEO_FILE, and notes when it is older than 60 days", async () => {
  const folder = mkdtempSync(join(tmpdir(), "doctor-"));
  const GEO_FILE = join(folder, "places.mmdb");
  const [recent, old] = [58, 61].map((days) => new Date(Date.now() - days * DAY)) as [Date, Date];
  const day = (date: Date) => date.toISOString().slice(0, 10);

  writeGeoFile(GEO_FILE, NETWORKS, { type: "DBIP-City-Lite", builtAt: recent });
  const line = `✓ GEO_FILE is a DBIP-City-Lite database of ${day(recent)}.`;
  expect(await ask(/GEO_FILE/, { GEO_FILE })).toEqual({ status: 0, line });

  writeGeoFile(GEO_FILE, NETWORKS, { builtAt: old });
  const warning = `· GEO_FILE is a GeoLite2-City database of ${day(old)}. It is older than 60 days, and networks move. Update it: docs/operations.md`;
  expect(await ask(/GEO_FILE/, { GEO_FILE })).toEqual({ status: 0, line: warning });

  rmSync(folder, { recursive: true });
  expect(await ask(/GEO_FILE/, { GEO_FILE })).toMatchObject({
    status: 1,
    line: expect.stringMatching(/^✗ GEO_FILE is .* which cannot be read: ENOENT/),
  });
  expect(await ask(/GEO_FILE/, {})).toEqual({ status: 0, line: undefined });
});
