// Whether the time that an answer takes tells who has an account: interleaved
// log-ins, and questions for a new password, that differ in this alone.

import { randomUUID } from "node:crypto";
import { postAction, postLogin } from "@/e2e/post-action";
import { hashPassword } from "@/lib/auth/password";
import { db } from "@/lib/db";
import { createUser } from "@/lib/users/store";
import type { Start } from "@/scripts/bench";

const SAMPLES = 400;
/** Asked first, and not counted: what is asked for the first time takes longer. */
const WARM_UP = 20;

/** Measures and prints, for every entrance, how the times of each kind of account compare. */
export async function measure(start: Start): Promise<void> {
  // The accounts are made in this process, and at the same cost.
  process.env.PASSWORD_COST = "10";
  const { url } = await start({ TRUSTED_PROXIES: "127.0.0.1,::1" });
  const kinds = await accounts();

  await compare("POST /login", kinds, (email) =>
    postLogin(Object.entries({ email, password: "not the password" }), url),
  );
  await compare("POST /forgot-password", kinds, (email) =>
    postAction({ name: "requestPassword", path: "/forgot-password", fields: [["email", email]], base: url }),
  );
  await compare("POST /signup", kinds, (email) =>
    postAction({
      name: "requestAccount",
      path: "/signup",
      fields: Object.entries({ name: "Ada", email, password: "violet tuesday kettle mango" }),
      base: url,
    }),
  );
}

type Kinds = Record<string, string[]>;

/** For each kind of account so many addresses that none is asked for twice at one entrance, and no limit is reached. */
async function accounts(): Promise<Kinds> {
  const count = SAMPLES + WARM_UP;
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

async function compare(title: string, kinds: Kinds, ask: (email: string) => Promise<unknown>): Promise<void> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  // Each address is asked for once, and no kind is always the first.
  for (let sample = -WARM_UP; sample < SAMPLES; sample++) {
    for (const kind of shuffled(Object.keys(kinds))) {
      const email = String(kinds[kind]?.[sample + WARM_UP]);
      const started = performance.now();
      await ask(email);
      if (sample >= 0) times[kind]?.push(performance.now() - started);
    }
  }

  const unknown = times.unknown ?? [];
  console.log(`\n${title}, ${SAMPLES} of each, one at a time, interleaved\n`);
  console.log("| | median ms | difference to unknown, ms | p (Mann-Whitney) | best guess from one sample |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [kind, values] of Object.entries(times)) {
    const { p, auc } = mannWhitney(values, unknown);
    const difference = median(values) - median(unknown);
    const isSelf = kind === "unknown";
    console.log(
      `| ${kind} | ${median(values).toFixed(2)} | ${isSelf ? "" : difference.toFixed(2)} | ${isSelf ? "" : p.toFixed(3)} | ${isSelf ? "" : `${(Math.max(auc, 1 - auc) * 100).toFixed(1)} %`} |`,
    );
  }
}

function shuffled<T>(items: T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/**
 * Whether two samples come from one distribution: `p` by the normal
 * approximation of the Mann-Whitney U test, two-sided; `auc` is the chance that
 * one of the first is larger than one of the second, 0.5 for no difference.
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

/** The chance of so many standard deviations or more, either way (Abramowitz and Stegun 26.2.17). */
function twoSided(deviations: number): number {
  const t = 1 / (1 + 0.2316419 * deviations);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 2 * (Math.exp(-(deviations ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
