import { randomInt } from "node:crypto";
import { seal } from "@/lib/session/cookie";
import { hashToken } from "@/lib/session/token";
import { cookieName } from "@/testing/cookie-name";
import type { Case } from "../case";
import { fillSessions, tokenOf, withClient } from "../fill";
import { interleave, range } from "../rounds";
import { quantile, spread } from "../statistics";

/** The number of sessions to look up, chosen at random for each size of the table. */
const ASKED = 1000;

/** The minimum that a look-up has to read: the session by its key, and its user. */
const STATEMENT = {
  name: "look-up",
  text: "SELECT s.handle, u.email FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
};

export default {
  title: "Session look-up in a large table",
  about: `GET /api/session with ${ASKED} random sessions from the table, and its look-up statement alone, on one connection.`,
  async measure(bench) {
    const sizes = bench.isQuick ? [1000, 10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000, 5_000_000];
    const measured = [];
    let filled = 0;
    for (const size of sizes) {
      bench.say(`${size.toLocaleString("en")} sessions`);
      await fillSessions({ from: filled + 1, to: size, areOver: false });
      filled = size;
      const tokens = Array.from({ length: ASKED }, () => tokenOf(randomInt(1, size + 1)));
      const cookies = await Promise.all(tokens.map(seal));
      const rounds = await interleave(bench, {
        names: ["latchkey"],
        ...(bench.isQuick ? { warmUp: 320, rounds: 2, amount: 320 } : { warmUp: 640, rounds: 3, amount: 640 }),
        ask: async ({ url }) => ({
          asks: cookies.map((cookie) => ({
            path: "/api/session",
            headers: { cookie: `${cookieName(url)}=${cookie}` },
          })),
          status: 200,
        }),
      });
      measured.push({ size, rounds, statement: await timeStatement(tokens) });
    }

    const label = (size: number) => size.toLocaleString("en");
    return {
      tables: [
        {
          title: this.title,
          head: [
            "sessions",
            "server, CPU ms/request",
            "Postgres, CPU ms/request",
            "requests/s",
            "statement, median ms",
            "p99 ms",
          ],
          rows: measured.map(({ size, rounds, statement }) => [
            label(size),
            range(spread(rounds.map(({ server }) => server)), 2),
            range(spread(rounds.map(({ postgres }) => postgres)), 2),
            range(spread(rounds.map(({ perSecond }) => perSecond)), 0),
            quantile(statement, 0.5).toFixed(3),
            quantile(statement, 0.99).toFixed(3),
          ]),
        },
      ],
      charts: [
        {
          file: "look-up",
          title: this.title,
          unit: "CPU time per request in ms, server and Postgres (lower is better)",
          bars: measured.map(({ size, rounds }) => ({
            label: `${label(size)} sessions`,
            isOurs: true,
            ...spread(rounds.map(({ server, postgres }) => server + postgres)),
          })),
        },
      ],
      notes: measured.flatMap(({ size, rounds }) =>
        rounds.flatMap(({ invalid }) =>
          invalid ? [`A round with ${label(size)} sessions was discarded: ${invalid}.`] : [],
        ),
      ),
      raw: measured.map(({ statement, ...rest }) => ({
        ...rest,
        statement: { median: quantile(statement, 0.5), p99: quantile(statement, 0.99) },
      })),
    };
  },
} satisfies Case;

/** The duration of the statement for each token, in milliseconds. A first, uncounted pass brings the rows into memory. */
async function timeStatement(tokens: string[]): Promise<number[]> {
  const hashes = tokens.map((token) => Buffer.from(hashToken(token)));
  return withClient(async (client) => {
    const ask = (hash: Buffer) => client.query({ ...STATEMENT, values: [hash] });
    for (const hash of hashes) await ask(hash);

    const times: number[] = [];
    for (const hash of hashes) {
      const started = performance.now();
      const { rowCount } = await ask(hash);
      times.push(performance.now() - started);
      if (rowCount !== 1) throw new Error("A filled session is missing");
    }
    return times;
  });
}
