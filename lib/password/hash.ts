import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import Piscina from "piscina";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { processWide } from "@/lib/process-wide";
import { answerWithStatus, clientGone } from "@/lib/request-context";
import { isLineLeft, type Lane, Line } from "./line";
import type { Circumstances, Judgement } from "./rules.mjs";
import { compare, hash, judge } from "./worker.mjs";

/** For each thread, at most this many wait in each lane: at the default cost, a few seconds' worth. */
const QUEUE = 24;

/** Nobody waits longer than this for a thread, in milliseconds, whatever the cost of a hash and however busy the machine. */
const PATIENCE = 8000;

/** The passwords take more time than there is, or the client has gone. The same may be asked again in a moment; the answer is a 503. */
export class Busy extends Error {
  override name = "Busy";
}

/** Whether what was thrown is a Busy: by its name, since each bundle has a class of its own. */
export function isBusy(error: unknown): error is Busy {
  return error instanceof Error && error.name === "Busy";
}

/** The hash to store for a password: bcrypt, at the cost that the settings ask for. Throws a Busy. */
export async function hashPassword(password: string, lane: Lane = "strangers"): Promise<string> {
  return run("hash", { prehashed: prehash(password), cost: env().PASSWORD_COST }, lane);
}

/**
 * Whether this is the password that was hashed. Throws a Busy.
 *
 * With `null`, for an account that does not exist, the answer is no and takes
 * as long: otherwise the clock would say which emails have an account (CWE-208).
 * The same goes for a text that is no hash, which somebody must have written into
 * the table by other means: the log tells the operator, and `doctor` counts them.
 *
 * Users who have a session, or whose browser is known, wait in a lane of their own.
 */
export async function verifyPassword(
  password: string,
  hashed: string | null,
  lane: Lane = "strangers",
): Promise<boolean> {
  const isUsable = hashed !== null && isHash(hashed);
  if (hashed !== null && !isUsable) log().error("A stored password hash is not one of bcrypt. See: npm run doctor");
  const task = { prehashed: prehash(password), hash: isUsable ? hashed : nobodysHash() };
  return (await run("compare", task, lane)) && isUsable;
}

/** A hash as bcrypt writes it, at a cost that can be waited for. Postgres reads the same expression. */
export const HASH_PATTERN = "^[$]2[aby][$](0[4-9]|1[0-6])[$][./A-Za-z0-9]{53}$";

/** Whether a text can be the hash of a password. */
function isHash(text: string): boolean {
  return new RegExp(HASH_PATTERN).test(text);
}

/** Whether a password may be chosen, as lib/password/rules judges. Throws a Busy. */
export async function judgeInThread(password: string, circumstances: Circumstances, lane: Lane): Promise<Judgement> {
  return run("judge", { password, circumstances }, lane);
}

/** Whether two texts are one password: the same accents may be typed in more than one way. */
export function isSamePassword(one: string, other: string): boolean {
  return one.normalize("NFC") === other.normalize("NFC");
}

/** Whether a hash was made at a lower cost than the settings ask for today. */
export function needsRehash(hashed: string): boolean {
  return bcrypt.getRounds(hashed) < env().PASSWORD_COST;
}

/** How many passwords wait for a thread, and how many are being looked at. */
export function hashLoad(): { waiting: number; running: number } {
  return shared.threads?.line.load ?? { waiting: 0, running: 0 };
}

/**
 * What bcrypt is given in place of the password.
 *
 * bcrypt reads 72 bytes and stops at a NUL. A SHA-384 in base64 has 64
 * characters, so a passphrase counts whole, however long. As an HMAC it is of
 * no use to who finds a plain SHA-384 of the same password in another leak
 * ("password shucking"), as long as the pepper is set.
 */
function prehash(password: string): string {
  return createHmac("sha384", env().PASSWORD_PEPPER ?? "latchkey")
    .update(password.normalize("NFC"))
    .digest("base64");
}

/** A well-formed hash of nothing that can be typed, at today's cost. */
function nobodysHash(): string {
  return `$2b$${env().PASSWORD_COST}$${"nobodys.hash".padEnd(53, ".")}`;
}

const WORK = { hash, compare, judge };

type Work = typeof WORK;

type Threads = { pool: Piscina; line: Line };

/** The threads have to be counted once; there are none before the first password. */
const shared = processWide<{ threads?: Threads }>("latchkeyThreads", () => ({}));

/**
 * Does the work in a thread of its own, since a hash takes a tenth of a second
 * and more, in which a server that computed it itself would answer nobody. The
 * line is bounded in length and in time: one without end would keep everybody
 * waiting for nothing. A client that has gone leaves the line.
 */
async function run<Name extends keyof Work>(
  name: Name,
  task: Parameters<Work[Name]>[0],
  lane: Lane,
): Promise<Awaited<ReturnType<Work[Name]>>> {
  const { PASSWORD_THREADS, INSTANCES } = env();
  // One core stays for the server's own work; the processes of an instance share the others.
  const threads = PASSWORD_THREADS ?? Math.max(1, Math.floor((availableParallelism() - 1) / INSTANCES));
  // To measure what the threads are good for: npm run bench flood
  if (threads === 0) return (WORK[name] as (task: unknown) => Promise<Awaited<ReturnType<Work[Name]>>>)(task);

  shared.threads ??= startThreads(threads);
  const { pool, line } = shared.threads;
  try {
    return await line.serve(() => pool.run(task, { name }), { lane, signal: clientGone() });
  } catch (error) {
    if (!isLineLeft(error)) throw error;
    answerWithStatus(503);
    throw new Busy("More passwords wait to be looked at than there is time for", { cause: error });
  }
}

function startThreads(threads: number): Threads {
  const pool = new Piscina({
    // From the application's own folder, not from the bundle that this becomes a part of.
    filename: join(/* turbopackIgnore: true */ process.cwd(), "lib/password/worker.mjs"),
    minThreads: 1,
    maxThreads: threads,
    // While a thread starts, what it is for waits here: at the front, where it was.
    stricterFIFO: true,
    // Where the system lets a thread be less urgent than the server's own, it is.
    niceIncrement: env().PASSWORD_NICENESS,
  });
  // A thread that fails while it has nothing to do is replaced. Unheard, this event would end the process.
  pool.on("error", (error) => log().error({ err: error }, "A thread for passwords has failed"));
  return { pool, line: new Line({ places: threads, longest: threads * QUEUE, patience: PATIENCE }) };
}
