import { createHmac } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import Piscina from "piscina";
import { env } from "@/lib/env";
import { answerWithStatus } from "@/lib/http/context";
import type { Circumstances, Judgement } from "./password-rules.mjs";
import { compare, hash, judge } from "./password-worker.mjs";

/** For each thread, so many may wait: at the default cost, a few seconds' worth. */
const QUEUE = 24;

/** More passwords are being looked at than there is time for. The same may be asked again in a moment; the answer is a 503. */
export class Busy extends Error {
  override name = "Busy";
}

/** Whether what was thrown is a Busy: by its name, since each bundle has a class of its own. */
export function isBusy(error: unknown): error is Busy {
  return error instanceof Error && error.name === "Busy";
}

/** The hash to store for a password: bcrypt, at the cost that the settings ask for. Throws a Busy. */
export async function hashPassword(password: string): Promise<string> {
  return run("hash", { prehashed: prehash(password), cost: env().PASSWORD_COST });
}

/**
 * Whether this is the password that was hashed. Throws a Busy.
 *
 * With `null`, for an account that does not exist, the answer is no and takes
 * as long: otherwise the clock would say which emails have an account (CWE-208).
 */
export async function verifyPassword(password: string, hashed: string | null): Promise<boolean> {
  const matches = await run("compare", { prehashed: prehash(password), hash: hashed ?? nobodysHash() });
  return matches && hashed !== null;
}

/** Whether a password may be chosen, as lib/auth/password-rules judges. Throws a Busy. */
export async function judgeInThread(password: string, circumstances: Circumstances): Promise<Judgement> {
  return run("judge", { password, circumstances });
}

/** Whether a hash was made at a lower cost than the settings ask for today. */
export function needsRehash(hashed: string): boolean {
  return bcrypt.getRounds(hashed) < env().PASSWORD_COST;
}

/** How many passwords wait for a thread, and how many are being looked at. */
export function hashLoad(): { waiting: number; running: number } {
  const { latchkeyThreads, latchkeyHashes = 0 } = shared;
  const waiting = latchkeyThreads?.queueSize ?? 0;
  return { waiting, running: latchkeyHashes - waiting };
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

// Next.js puts a module into more than one bundle, and the threads have to be
// counted once; so they hang on the process.
const shared = globalThis as { latchkeyThreads?: Piscina; latchkeyHashes?: number };

/**
 * Does the work in a thread of its own, since a hash takes a tenth of a second
 * and more, in which a server that computed it itself would answer nobody. What
 * waits is bounded: a queue without end would keep everybody waiting for nothing.
 */
async function run<Name extends keyof Work>(
  name: Name,
  task: Parameters<Work[Name]>[0],
): Promise<Awaited<ReturnType<Work[Name]>>> {
  const { PASSWORD_THREADS, INSTANCES } = env();
  // One core stays for the server's own work; the processes of an instance share the others.
  const threads = PASSWORD_THREADS ?? Math.max(1, Math.floor((availableParallelism() - 1) / INSTANCES));
  // To measure what the threads are good for: npm run bench flood
  if (threads === 0) return (WORK[name] as (task: unknown) => Promise<Awaited<ReturnType<Work[Name]>>>)(task);

  shared.latchkeyThreads ??= new Piscina({
    // From the application's own folder, not from the bundle that this becomes a part of.
    filename: join(/* turbopackIgnore: true */ process.cwd(), "lib/auth/password-worker.mjs"),
    minThreads: 1,
    maxThreads: threads,
    maxQueue: threads * QUEUE,
    // Where the system lets a thread be less urgent than the server's own, it is.
    niceIncrement: 19,
  });
  const { queueSize, options } = shared.latchkeyThreads;
  if (queueSize >= options.maxQueue) {
    answerWithStatus(503);
    throw new Busy("More passwords wait to be looked at than there is time for");
  }
  shared.latchkeyHashes = (shared.latchkeyHashes ?? 0) + 1;
  try {
    return await shared.latchkeyThreads.run(task, { name });
  } finally {
    shared.latchkeyHashes--;
  }
}
