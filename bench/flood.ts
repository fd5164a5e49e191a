// What a flood of log-ins does to who is signed in already, with passwords
// hashed in a thread of their own, and in the server's own.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { postLogin } from "@/e2e/post-action";
import type { Start } from "@/scripts/bench";
import { HEAD, type Load, load, quantile, row, signIn } from "./load";

const FLOOD = 16;
const ROUNDS = 3;
const DURATION = 10_000;

/** The cost at which the figures of others were measured; the default is four times as dear. */
const SETTINGS = { PASSWORD_COST: "10", TRUSTED_PROXIES: "127.0.0.1,::1" };

const KINDS = {
  "a thread for passwords": { ...SETTINGS, PASSWORD_THREADS: "1" },
  "no thread for passwords": { ...SETTINGS, PASSWORD_THREADS: "0" },
};

type Measured = { quiet: Load; during: Load; logins: Record<string, number> };

/** Measures both, one after the other, in several rounds, and prints the round of each with the middle ratio. */
export async function measure(start: Start): Promise<void> {
  const cookie = await signIn();
  const measured: Record<string, Measured[]> = {};

  for (const [kind, settings] of Object.entries(KINDS)) {
    const { url, stop } = await start(settings);
    await load(url, cookie, pause(10_000)); // warm-up
    measured[kind] = [await measureOnce(url, cookie)];
    await stop();
  }
  for (let round = 1; round < ROUNDS; round++) {
    for (const [kind, settings] of Object.entries(KINDS)) {
      const { url, stop } = await start(settings);
      await load(url, cookie, pause(5000));
      measured[kind]?.push(await measureOnce(url, cookie));
      await stop();
    }
  }

  console.log(HEAD);
  for (const [kind, rounds] of Object.entries(measured)) {
    const sorted = rounds.toSorted((a, b) => ratio(a) - ratio(b));
    const middle = sorted[Math.floor(sorted.length / 2)];
    if (!middle) continue;
    console.log(row(`${kind}, quiet`, middle.quiet));
    console.log(row(`${kind}, flooded`, middle.during));
  }
  for (const [kind, rounds] of Object.entries(measured)) {
    const ratios = rounds.map((each) => ratio(each).toFixed(1)).join(", ");
    console.log(`\n${kind}: p99 during the flood is ${ratios} times the p99 without it.`);
    console.log(`Log-ins by status: ${rounds.map(({ logins }) => JSON.stringify(logins)).join(", ")}`);
  }
}

function ratio({ quiet, during }: Measured): number {
  return quantile(during, 0.99) / quantile(quiet, 0.99);
}

async function measureOnce(url: string, cookie: string): Promise<Measured> {
  const quiet = await load(url, cookie, pause(DURATION));

  let isOver = false;
  const logins: Record<string, number> = {};
  const flood = Array.from({ length: FLOOD }, async () => {
    while (!isOver) {
      // Each at another account, from another address: none is throttled.
      const fields = Object.entries({ email: `${randomUUID()}@example.com`, password: "wrong" });
      const { status } = await postLogin(fields, url);
      logins[status] = (logins[status] ?? 0) + 1;
    }
  });
  await pause(2000);
  const during = await load(url, cookie, pause(DURATION));
  isOver = true;
  await Promise.all(flood);
  return { quiet, during, logins };
}
