// A session that its user revokes on one instance, while its browser uses another.

import { seal } from "@/lib/session/cookie";
import { cookieName } from "@/testing/cookie-name";
import { revokeSession } from "@/testing/post-action";
import type { Table } from "./case";
import { quantile } from "./statistics";

/**
 * How long the first instance took to respond, in milliseconds; how long the second took to refuse after that, and how
 * many requests it accepted until then.
 */
export type Revocation = { accepted: number; answered: number; refused: number };

/** The URLs of two instances, the cookie's value of the session that revokes, and the session to revoke. */
type Plan = { first: string; second: string; owner: string; token: string; handle: string };

/** Revokes a session on the first instance, and sends requests to the second until it refuses one. */
export async function revokeOnce({ first, second, owner, token, handle }: Plan): Promise<Revocation> {
  const cookie = `${cookieName(second)}=${await seal(token)}`;
  if ((await statusOf(second, cookie)) !== 200) throw new Error("The session to revoke is not valid");

  const asked = performance.now();
  const isRevoked = await revokeSession({ base: first, cookie: `${cookieName(first)}=${owner}`, handle });
  const answered = performance.now();
  if (!isRevoked) throw new Error("The session was not revoked");
  let accepted = 0;
  while ((await statusOf(second, cookie)) !== 401) accepted++;
  return { accepted, answered: answered - asked, refused: performance.now() - answered };
}

/** The times of revocations. */
export function tableOf(title: string, measured: Revocation[]): Table {
  const of = (value: (one: Revocation) => number) =>
    [0.5, 0.99, 1].map((share) => quantile(measured.map(value), share).toFixed(1));
  return {
    title,
    head: ["", "median ms", "p99 ms", "worst ms"],
    rows: [
      ["request to the first until its response", ...of(({ answered }) => answered)],
      ["that response until refusal by the second", ...of(({ refused }) => refused)],
    ],
  };
}

/** How many requests the second instance accepted after a response of the first. */
export function noteOf(measured: Revocation[]): string {
  const accepted = measured.reduce((sum, one) => sum + one.accepted, 0);
  return `${measured.length} revocations. Requests that the second accepted after the first had responded: ${accepted}.`;
}

async function statusOf(url: string, cookie: string): Promise<number> {
  const answer = await fetch(`${url}/api/session`, { headers: { cookie } });
  await answer.arrayBuffer();
  return answer.status;
}
