import { randomUUID } from "node:crypto";
import { db } from "@/lib/db";
import { hashPassword } from "@/lib/password/hash";
import { createUser } from "@/lib/users/store";
import { postAction, postLogin } from "@/testing/post-action";
import type { Bench, Case, Table } from "../case";
import { quantile, shuffled } from "../statistics";

/** The number of uncounted requests at the start. First requests take longer. */
const WARM_UP = 20;

type Entrance = { title: string; ask(email: string): Promise<unknown> };

export default {
  title: "Whether response times reveal which emails have an account",
  about:
    "Log-ins, and requests for a new password or an account, that differ only in the state of the account. One at a time, interleaved.",
  async measure(bench) {
    const samples = bench.isQuick ? 50 : 400;
    const [target] = await bench.targets(["latchkey"]);
    if (!target) throw new Error("No target was started");
    const kinds = await accounts(samples + WARM_UP);

    const tables: Table[] = [];
    for (const entrance of entrances(target.url)) tables.push(await compare(bench, entrance, kinds, samples));
    return { tables, charts: [], notes: [`${samples} requests of each kind.`], raw: null };
  },
} satisfies Case;

function entrances(base: string): Entrance[] {
  return [
    {
      title: "POST /login",
      ask: (email) => postLogin(Object.entries({ email, password: "not the password" }), base),
    },
    {
      title: "POST /forgot-password",
      ask: (email) =>
        postAction({ name: "requestPassword", path: "/forgot-password", fields: [["email", email]], base }),
    },
    {
      title: "POST /signup",
      ask: (email) =>
        postAction({
          name: "requestAccount",
          path: "/signup",
          fields: Object.entries({ name: "Ada", email, password: "violet tuesday kettle mango" }),
          base,
        }),
    },
  ];
}

type Kinds = Record<string, string[]>;

/** Creates `count` addresses for each kind of account, so that none is used twice on one form and no rate limit applies. */
async function accounts(count: number): Promise<Kinds> {
  const passwordHash = await hashPassword("violet tuesday kettle mango");
  const make = async (disabledAt: Date | null) => {
    const emails: string[] = [];
    for (let index = 0; index < count; index++) {
      const { id, email } = await createUser({
        email: `${randomUUID()}@example.com`,
        name: "Ada",
        passwordHash,
        role: "user",
      });
      if (disabledAt) await db().user.update({ where: { id }, data: { disabledAt }, select: { id: true } });
      emails.push(email);
    }
    return emails;
  };

  const unverified = Array.from({ length: count }, () => `${randomUUID()}@example.com`);
  for (const email of unverified) {
    await db().$executeRaw`
      INSERT INTO links (subject, token_hash, email, name, password_hash, expires_at)
      VALUES (${`sign-up:${email}`}, sha256(${email}::bytea), ${email}, 'Ada', ${passwordHash}, now() + interval '1 day')`;
  }
  return {
    unknown: Array.from({ length: count }, () => `${randomUUID()}@example.com`),
    "wrong password": await make(null),
    disabled: await make(new Date()),
    unverified,
  };
}

async function compare(bench: Bench, { title, ask }: Entrance, kinds: Kinds, samples: number): Promise<Table> {
  bench.say(title);
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  // Each address is used once, and the order of the kinds is random.
  for (let sample = -WARM_UP; sample < samples; sample++) {
    for (const kind of shuffled(Object.keys(kinds))) {
      const email = String(kinds[kind]?.[sample + WARM_UP]);
      const started = performance.now();
      await ask(email);
      if (sample >= 0) times[kind]?.push(performance.now() - started);
    }
  }

  const unknown = times.unknown ?? [];
  const rows = Object.entries(times).map(([kind, values]) => {
    const median = quantile(values, 0.5);
    if (kind === "unknown") return [kind, median.toFixed(2), "", "", ""];
    const { p, auc } = mannWhitney(values, unknown);
    const guess = `${(Math.max(auc, 1 - auc) * 100).toFixed(1)} %`;
    return [kind, median.toFixed(2), (median - quantile(unknown, 0.5)).toFixed(2), p.toFixed(3), guess];
  });
  const head = ["", "median ms", "difference to unknown, ms", "p (Mann-Whitney)", "best guess from one sample"];
  return { title, head, rows };
}

/**
 * Tests whether two samples come from the same distribution.
 *
 * `p` is two-sided, by the normal approximation of the Mann-Whitney U test. `auc` is the
 * probability that a value of the first sample is larger than one of the second; 0.5 means
 * no difference.
 */
function mannWhitney(one: number[], other: number[]): { p: number; auc: number } {
  const ranked = [...one.map((value) => [value, 1] as const), ...other.map((value) => [value, 0] as const)].sort(
    ([a], [b]) => a - b,
  );
  const ranks = ranked.reduce((sum, [, isOne], index) => sum + isOne * (index + 1), 0);
  const u = ranks - (one.length * (one.length + 1)) / 2;
  const mean = (one.length * other.length) / 2;
  const deviation = Math.sqrt((one.length * other.length * (one.length + other.length + 1)) / 12);
  return { p: twoSided(Math.abs((u - mean) / deviation)), auc: u / (one.length * other.length) };
}

/** The two-sided probability of at least this many standard deviations (Abramowitz and Stegun 26.2.17). */
function twoSided(deviations: number): number {
  const t = 1 / (1 + 0.2316419 * deviations);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 2 * (Math.exp(-(deviations ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
