// How long it takes to sweep a million sessions that are over, and whether
// those who use the application meanwhile notice.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { hashPassword } from "@/lib/auth/password";
import { db } from "@/lib/db";
import { seal } from "@/lib/session/cookie";
import { createSession } from "@/lib/session/store";
import { sweep } from "@/lib/session/sweep";
import { createUser } from "@/lib/users/store";

const SESSIONS = 1_000_000;
const CONNECTIONS = 4;
const QUIET = 15_000;

/** Measures and prints one table. `url` is where the built application is served, with the database that `db()` uses. */
export async function measure(url: string): Promise<void> {
  const cookie = await signIn();
  await fill();
  await load(url, cookie, pause(5000)); // warm-up

  const quiet = await load(url, cookie, pause(QUIET));
  const started = performance.now();
  let swept = 0;
  const during = await load(
    url,
    cookie,
    sweep().then((ended) => {
      swept = ended;
    }),
  );
  const seconds = (performance.now() - started) / 1000;

  console.log(
    `Swept ${swept} of ${SESSIONS} sessions in ${seconds.toFixed(1)} s (${Math.round(swept / seconds)} a second)\n`,
  );
  console.log("| GET /api/session | requests/s | median ms | p99 ms | slowest ms | not 200 |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  console.log(row("without a sweep", quiet));
  console.log(row("during the sweep", during));
}

async function signIn(): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Bench", passwordHash: await hashPassword("bench"), role: "user" });
  const browser = { userAgent: "Bench", ipAddress: "127.0.0.1", publicComputer: false, previousToken: null };
  return `session=${await seal(await createSession(user, browser))}`;
}

/** A million sessions that ended for want of use, and as many users as make ten sessions each. */
async function fill(): Promise<void> {
  const parts = 500;
  for (let part = 0; part < parts; part++) {
    await db().$executeRaw`
      WITH owner AS (
        INSERT INTO users (id, email, name, password_hash)
        SELECT gen_random_uuid(), gen_random_uuid() || '@example.com', 'Bench', 'none' FROM generate_series(1, ${SESSIONS / parts / 10}::int)
        RETURNING id
      )
      INSERT INTO sessions (token_hash, handle, mark, user_id, created_at, last_seen_at)
      SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), id,
             now() - interval '20 days' - random() * interval '9 days', now() - interval '8 days'
        FROM owner, generate_series(1, 10)`;
  }
}

type Load = { times: number[]; failed: number; seconds: number };

/** Asks for the session over and over until `until` is done, and returns how long each answer took, in milliseconds. */
async function load(url: string, cookie: string, until: Promise<unknown>): Promise<Load> {
  const times: number[] = [];
  let failed = 0;
  let isOver = false;
  const started = performance.now();
  const over = until.finally(() => {
    isOver = true;
  });

  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (!isOver) {
        const asked = performance.now();
        const answer = await fetch(`${url}/api/session`, { headers: { cookie } });
        await answer.arrayBuffer();
        times.push(performance.now() - asked);
        if (answer.status !== 200) failed++;
      }
    }),
  );
  await over;
  return { times: times.sort((a, b) => a - b), failed, seconds: (performance.now() - started) / 1000 };
}

function row(title: string, { times, failed, seconds }: Load): string {
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  return `| ${title} | ${Math.round(times.length / seconds)} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${failed} |`;
}
