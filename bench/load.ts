// What the measurements have in common: somebody who is signed in and asks who they are, over and over.

import { randomUUID } from "node:crypto";
import { hashPassword } from "@/lib/auth/password";
import { seal } from "@/lib/session/cookie";
import { createSession } from "@/lib/session/store";
import { createUser } from "@/lib/users/store";

const CONNECTIONS = 4;

export const HEAD = `| GET /api/session | requests/s | median ms | p99 ms | slowest ms | not 200 |
| --- | --- | --- | --- | --- | --- |`;

/** Makes an account and a session, and returns the session's cookie. */
export async function signIn(): Promise<string> {
  const email = `${randomUUID()}@example.com`;
  const user = await createUser({ email, name: "Bench", passwordHash: await hashPassword("bench"), role: "user" });
  const browser = { userAgent: "Bench", ipAddress: "127.0.0.1", publicComputer: false, previousToken: null };
  return `session=${await seal(await createSession(user, browser))}`;
}

export type Load = { times: number[]; failed: number; seconds: number };

/** Asks for the session over and over until `until` is done, and returns how long each answer took, in milliseconds. */
export async function load(url: string, cookie: string, until: Promise<unknown>): Promise<Load> {
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

/** The time within which a share of the answers came, in milliseconds. */
export function quantile({ times }: Load, share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}

/** One line of the table below HEAD. */
export function row(title: string, measured: Load): string {
  const { times, failed, seconds } = measured;
  const at = (share: number) => quantile(measured, share).toFixed(1);
  return `| ${title} | ${Math.round(times.length / seconds)} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${failed} |`;
}
