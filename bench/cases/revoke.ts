import { db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { seal } from "@/lib/session/cookie";
import { hashToken } from "@/lib/session/token";
import { createUser } from "@/lib/users/store";
import { cookieName } from "@/testing/cookie-name";
import { actionNumber } from "@/testing/post-action";
import { createSession } from "@/testing/sessions";
import type { Case } from "../case";
import { quantile } from "../statistics";
import { startLatchkey } from "../targets/latchkey";

const NOBODY = { userAgent: "Bench", ipAddress: null, publicComputer: false, previousToken: null };

type Measured = { accepted: number; answered: number; refused: number };

export default {
  title: "Revoked on one instance, refused by the other",
  about:
    "Two instances share a database. The second has just served a browser when its user revokes it on the first, by the button's action. Once the first has responded, the browser sends requests to the second until one is refused.",
  async measure(bench) {
    const times = bench.isQuick ? 100 : 1000;
    const [first] = await bench.targets(["latchkey"]);
    if (!first) throw new Error("No target was started");
    const second = await startLatchkey({}, "latchkey-second");
    const { id } = await createUser({
      email: `revoke${Date.now()}@example.com`,
      name: "Bench",
      passwordHash: await hashPassword("bench"),
      role: "user",
    });
    const owner = await seal(await createSession({ id }, NOBODY));
    const measured: Measured[] = [];
    for (let round = 0; round < times; round++) {
      if (round % 100 === 0) bench.say(`${round} of ${times}`);
      measured.push(
        await revokeOnce({
          first: first.url,
          second: second.url,
          owner: `${cookieName(first.url)}=${owner}`,
          userId: id,
        }),
      );
    }
    await second.stop();

    const of = (value: (one: Measured) => number, share: number) => quantile(measured.map(value), share).toFixed(1);
    const accepted = measured.reduce((sum, one) => sum + one.accepted, 0);
    return {
      tables: [
        {
          title: this.title,
          head: ["", "median ms", "p99 ms", "worst ms"],
          rows: [
            [
              "request to the first until its response",
              ...[0.5, 0.99, 1].map((share) => of(({ answered }) => answered, share)),
            ],
            [
              "that response until refusal by the second",
              ...[0.5, 0.99, 1].map((share) => of(({ refused }) => refused, share)),
            ],
          ],
        },
      ],
      charts: [],
      notes: [`${times} revocations. Requests that the second accepted after the first had responded: ${accepted}.`],
      raw: measured,
    };
  },
} satisfies Case;

type Surroundings = { first: string; second: string; owner: string; userId: string };

async function revokeOnce({ first, second, owner, userId }: Surroundings): Promise<Measured> {
  const token = await createSession({ id: userId }, NOBODY);
  const cookie = `${cookieName(second)}=${await seal(token)}`;
  const { handle } = await db().session.findUniqueOrThrow({
    where: { tokenHash: hashToken(token) },
    select: { handle: true },
  });
  if ((await statusOf(second, cookie)) !== 200) throw new Error("The session to revoke is not valid");

  const asked = performance.now();
  await revoke(first, owner, handle);
  const answered = performance.now();
  let accepted = 0;
  while ((await statusOf(second, cookie)) !== 401) accepted++;
  return { accepted, answered: answered - asked, refused: performance.now() - answered };
}

async function statusOf(url: string, cookie: string): Promise<number> {
  const answer = await fetch(`${url}/api/session`, { headers: { cookie } });
  await answer.arrayBuffer();
  return answer.status;
}

/** Sends the button's request, and reads the whole response. */
async function revoke(url: string, cookie: string, handle: string): Promise<void> {
  const body = new FormData();
  body.append("_1_handle", handle);
  body.append("0", '["$K1"]');
  const headers = { cookie, Origin: url, "Next-Action": actionNumber("revoke") };
  const answer = await fetch(`${url}/sessions`, { method: "POST", headers, body });
  const said = await answer.text();
  if (!said.includes("Device logged out.")) throw new Error(`The session was not revoked: ${answer.status} ${said}`);
}
