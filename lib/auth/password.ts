import { createHmac } from "node:crypto";
import bcrypt from "bcryptjs";
import { env } from "@/lib/env";

/** The hash to store for a password: bcrypt, at the cost that the settings ask for. */
export async function hashPassword(password: string): Promise<string> {
  return inTurn(() => bcrypt.hash(prehash(password), env().PASSWORD_COST));
}

/**
 * Whether this is the password that was hashed.
 *
 * With `null`, for an account that does not exist, the answer is no and takes
 * as long: otherwise the clock would say which emails have an account (CWE-208).
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const matches = await inTurn(() => bcrypt.compare(prehash(password), hash ?? nobodysHash()));
  return matches && hash !== null;
}

let lastTurn: Promise<unknown> = Promise.resolve();

/**
 * Computes one hash after the other. bcryptjs works in the thread that answers
 * requests, a tenth of a second at a stretch: many at once would leave no time
 * to hear the database answer, and a flood of log-ins would look like an outage.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(work);
  lastTurn = turn.catch(() => {});
  return turn;
}

/** Whether a hash was made at a lower cost than the settings ask for today. */
export function needsRehash(hash: string): boolean {
  return bcrypt.getRounds(hash) < env().PASSWORD_COST;
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
