// How long it takes to sweep a million sessions that are over, and whether
// those who use the application meanwhile notice.

import { setTimeout as pause } from "node:timers/promises";
import { db } from "@/lib/db";
import { sweep } from "@/lib/session/sweep";
import type { Start } from "@/scripts/bench";
import { HEAD, load, row, signIn } from "./load";

const SESSIONS = 1_000_000;
const QUIET = 15_000;

/** Measures and prints one table. */
export async function measure(start: Start): Promise<void> {
  const { url } = await start();
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
  console.log(HEAD);
  console.log(row("without a sweep", quiet));
  console.log(row("during the sweep", during));
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
