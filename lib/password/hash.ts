import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import bcrypt from "bcryptjs";
import Piscina from "piscina";
import { env } from "@/lib/env";
import { log } from "@/lib/log";
import { processWide } from "@/lib/process-wide";
import { answerWithStatus, clientGone } from "@/lib/request-context";
import { isLineLeft, type Lane, Line } from "./line";
import type { Circumstances, Judgement } from "./rules.mjs";

/** The maximum number that wait in each lane, per thread: a few seconds of work at the default cost. */
const QUEUE = 24;

/** The maximum wait for a thread, in milliseconds, whatever the cost of a hash and the load of the machine. */
const PATIENCE = 8000;

/**
 * The passwords need more CPU time than there is, or the client has disconnected. A retry may
 * succeed in a moment; the response is a 503.
 */
export class Busy extends Error {
  override name = "Busy";
}

/** Whether an error is a Busy. Compares names, because each bundle has its own copy of the class. */
export function isBusy(error: unknown): error is Busy {
  return error instanceof Error && error.name === "Busy";
}

/** The bcrypt hash to store for a password, at the cost in the settings. Throws a Busy. */
export async function hashPassword(password: string, lane: Lane = "strangers"): Promise<string> {
  return run("hash", { prehashed: prehash(password), cost: env().PASSWORD_COST }, lane);
}

/**
 * Whether a password matches a hash. Throws a Busy.
 *
 * With `null`, for an account that does not exist, the result is false, after the same time. A
 * quicker response would reveal which emails have an account (CWE-208). The same goes for a text
 * that is not a hash, which must have been written into the table by other means. The log reports
 * it to the operator, and `doctor` counts them.
 *
 * Users with a session or a known browser wait in a lane of their own.
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

/** A bcrypt hash, at a cost that does not take too long to verify. Postgres uses the same expression. */
export const HASH_PATTERN = "^[$]2[aby][$](0[4-9]|1[0-6])[$][./A-Za-z0-9]{53}$";

/** Whether a text can be the hash of a password. */
function isHash(text: string): boolean {
  return new RegExp(HASH_PATTERN).test(text);
}

/** Judges a new password in a thread, by lib/password/rules. Throws a Busy. */
export async function judgeInThread(password: string, circumstances: Circumstances, lane: Lane): Promise<Judgement> {
  return run("judge", { password, circumstances }, lane);
}

/** Whether two texts are the same password. The same accents can be encoded in more than one way. */
export function isSamePassword(one: string, other: string): boolean {
  return one.normalize("NFC") === other.normalize("NFC");
}

/** Whether a hash has a lower cost than the settings require. */
export function needsRehash(hashed: string): boolean {
  return bcrypt.getRounds(hashed) < env().PASSWORD_COST;
}

/** How many passwords are waiting for a thread, and how many are being processed. */
export function hashLoad(): { waiting: number; running: number } {
  return shared.threads?.line.load ?? { waiting: 0, running: 0 };
}

/**
 * The text that bcrypt hashes in place of the password.
 *
 * bcrypt reads only 72 bytes and stops at a NUL. A SHA-384 in base64 has 64 characters, so a
 * passphrase of any length counts whole. As an HMAC with the pepper, it also prevents "password
 * shucking": a plain SHA-384 of the same password, found in another leak, is of no use here.
 */
function prehash(password: string): string {
  return createHmac("sha384", env().PASSWORD_PEPPER ?? "latchkey")
    .update(password.normalize("NFC"))
    .digest("base64");
}

/** A well-formed hash that no password matches, at the current cost. */
export function nobodysHash(): string {
  return `$2b$${env().PASSWORD_COST}$${"nobodys.hash".padEnd(53, ".")}`;
}

type Work = typeof import("./worker.mjs");

/** In the application's own folder, not in the bundle that includes this file. Only threads need its dictionaries in memory. */
function workerFile(): string {
  return join(/* turbopackIgnore: true */ process.cwd(), "lib/password/worker.mjs");
}

type Threads = { pool: Piscina; line: Line };

/** The threads and their queue, shared by all bundles so that their limits hold. Empty until the first password. */
const shared = processWide<{ threads?: Threads }>("latchkeyThreads", () => ({}));

/**
 * Runs the work in a thread. A hash takes a tenth of a second or more, which would block every
 * other request if the server computed it itself. The queue is limited in length and in time: an
 * endless one would keep every user waiting for nothing. A client that disconnects leaves the
 * queue.
 */
async function run<Name extends keyof Work>(
  name: Name,
  task: Parameters<Work[Name]>[0],
  lane: Lane,
): Promise<Awaited<ReturnType<Work[Name]>>> {
  const { PASSWORD_THREADS, INSTANCES } = env();
  // Keep one core for the server's own work; the processes of an instance share the others.
  const threads = PASSWORD_THREADS ?? Math.max(1, Math.floor((availableParallelism() - 1) / INSTANCES));
  // To measure the benefit of the threads: npm run bench flood
  if (threads === 0) {
    const work: Work = await import(/* turbopackIgnore: true */ pathToFileURL(workerFile()).href);
    return (work[name] as (task: unknown) => Promise<Awaited<ReturnType<Work[Name]>>>)(task);
  }

  shared.threads ??= startThreads(threads);
  const { pool, line } = shared.threads;
  try {
    return await line.serve(() => pool.run(task, { name }), { lane, signal: clientGone() });
  } catch (error) {
    if (!isLineLeft(error)) throw error;
    answerWithStatus(503);
    throw new Busy("Too many passwords are waiting for a thread, or the client has disconnected", { cause: error });
  }
}

function startThreads(threads: number): Threads {
  const pool = new Piscina({
    filename: workerFile(),
    minThreads: 1,
    maxThreads: threads,
    // While a thread starts, its task waits here and must keep its place at the front.
    stricterFIFO: true,
    // Gives the threads a lower priority than the server, on systems that allow it.
    niceIncrement: env().PASSWORD_NICENESS,
  });
  // A thread that fails while idle is replaced. Without a listener, this event would end the process.
  pool.on("error", (error) => log().error({ err: error }, "A thread for passwords has failed"));
  return { pool, line: new Line({ places: threads, longest: threads * QUEUE, patience: PATIENCE }) };
}
