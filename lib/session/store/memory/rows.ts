// The sessions in the memory of this process, and how transactions change them. As in Postgres, a change
// is seen by others once its transaction has committed, and two transactions never change one session at once.

import { setTimeout as pause } from "node:timers/promises";
import { Outage, type Outcome, onceEnded, type Statements } from "@/lib/db";
import { processWide } from "@/lib/process-wide";
import type { ProofKey } from "@/lib/session/dbsc/signature";
import type { Rotation } from "@/lib/session/rotation/rule";
import type { Session } from "@/lib/session/store/contract";
import { keyOf } from "@/lib/session/store/postgres/key";
import { hashToken, type TokenHash } from "@/lib/session/token";

/** How long to wait for another transaction that changes the same session, in milliseconds. */
const PATIENCE = 1000;

/** A stored session. A change replaces it, so that a copy that was read stays as it was. */
export type Row = Omit<Session, "idleAt" | "totalAt"> & {
  tokenHash: TokenHash;
  /** The ending key: see lib/session/token. */
  mark: TokenHash;
  userId: string;
  proofKey: ProofKey | null;
  provedAt: Date | null;
  proofSeenAt: Date | null;
  rotation: Rotation | null;
  /** The ledger line that last disabled the user before this session began; 0 for none. */
  disabledLine: number;
};

/** A change by a transaction that is still open; null ends the session. `over` resolves at the transaction's end. */
type Pending = { tx: Statements; change: Partial<Row> | null; over: Promise<void> };

/** A session. `row` is null before the transaction that starts it has committed, and after its end. */
export type Entry = {
  handle: string;
  userId: string;
  /** The order in which transactions take sessions. */
  number: number;
  row: Row | null;
  pending: Pending | null;
};

type Sessions = {
  /** When this process began to keep sessions. */
  since: Date;
  byToken: Map<string, Entry>;
  byHandle: Map<string, Entry>;
  byUser: Map<string, Set<Entry>>;
  /** The number of the newest session. */
  number: number;
  isSweeping: boolean;
};

/** Sessions are in the memory of another process. */
class SessionsElsewhere extends Error {
  // By this name the commands know not to print a stack: cli/main.mjs.
  override name = "UserError";
}

/** Makes this process the one that keeps the sessions. */
export function openMemory(): void {
  processWide<Sessions>("latchkeySessions", () => ({
    since: new Date(),
    byToken: new Map(),
    byHandle: new Map(),
    byUser: new Map(),
    number: 0,
    isSweeping: false,
  }));
}

/** Only data is shared by all bundles, because each has its own functions. Throws SessionsElsewhere. */
export function sessions(): Sessions {
  return processWide<Sessions>("latchkeySessions", () => {
    throw new SessionsElsewhere(
      "Sessions are in the memory of the running server (SESSION_STORE=memory), which no command can reach. Use its pages under /admin.",
    );
  });
}

/** Whether this process keeps the sessions. */
export function isHere(): boolean {
  return "latchkeySessions" in globalThis;
}

/** A session as a transaction sees it, or as everybody does; null when it is not there. */
export function seen({ row, pending }: Entry, tx?: Statements): Row | null {
  if (!pending || pending.tx !== tx) return row;
  return pending.change && ({ ...row, ...pending.change } as Row);
}

/** The session with this token, as a transaction or as everybody sees it, or null. */
export function withToken(token: string | TokenHash, tx?: Statements): Entry | null {
  const key = keyOf(typeof token === "string" ? hashToken(token) : token);
  const entry = sessions().byToken.get(key);
  const row = entry && seen(entry, tx);
  return row && keyOf(row.tokenHash) === key ? entry : null;
}

/** The sessions with these handles. */
export function withHandles(handles: string[]): Entry[] {
  return [...new Set(handles)].flatMap((handle) => sessions().byHandle.get(handle) ?? []);
}

/** The sessions of a user, including those that are only beginning. */
export function ofUser(userId: string): Entry[] {
  return [...(sessions().byUser.get(userId) ?? [])];
}

/** All sessions as everybody sees them. */
export function allRows(): Row[] {
  return [...sessions().byHandle.values()].flatMap((entry) => seen(entry) ?? []);
}

export type Held = { entry: Entry; row: Row };

/**
 * Keeps these sessions for a transaction until its end: no other one can change or end them. Waits for transactions
 * that have one of them, or passes over it if not `isPatient`. Returns those that are there. Throws an Outage.
 *
 * As everything that locks sessions, it does so in the order of their log-ins, which prevents deadlocks.
 */
export async function hold(tx: Statements, entries: Entry[], { isPatient = true } = {}): Promise<Held[]> {
  const held: Entry[] = [];
  for (const entry of [...new Set(entries)].sort((a, b) => a.number - b.number)) {
    if (!isPatient && isTaken(entry, tx)) continue;
    while (isTaken(entry, tx)) await patiently(entry);
    if (!seen(entry, tx)) continue;
    if (!entry.pending) begin(tx, entry, {});
    held.push(entry);
  }
  // As they are now: they may have been used while this transaction waited.
  return held.flatMap((entry) => {
    const row = seen(entry, tx);
    return row ? [{ entry, row }] : [];
  });
}

function isTaken({ pending }: Entry, tx: Statements): boolean {
  return pending !== null && pending.tx !== tx;
}

async function patiently({ pending }: Entry): Promise<void> {
  const waiting = new AbortController();
  const late = pause(PATIENCE, true, { signal: waiting.signal }).catch(() => false);
  const isLate = await Promise.race([late, pending?.over.then(() => false)]);
  waiting.abort();
  if (isLate) throw new Outage("Another transaction keeps the session for too long");
}

/** Adds a session, which begins when the transaction commits. */
export function add(tx: Statements, row: Row): void {
  const { handle, userId, tokenHash } = row;
  const all = sessions();
  const entry: Entry = { handle, userId, number: ++all.number, row: null, pending: null };
  begin(tx, entry, row);
  all.byToken.set(keyOf(tokenHash), entry);
  all.byHandle.set(handle, entry);
  all.byUser.set(userId, (all.byUser.get(userId) ?? new Set()).add(entry));
}

/** Changes a session that this transaction holds; null ends it. */
export function change(entry: Entry, its: Partial<Row> | null): void {
  const { pending } = entry;
  if (!pending) throw new Error("The session is not held");
  if (its?.tokenHash) {
    if (pending.change?.tokenHash) sessions().byToken.delete(keyOf(pending.change.tokenHash));
    sessions().byToken.set(keyOf(its.tokenHash), entry);
  }
  pending.change = its && { ...pending.change, ...its };
}

function begin(tx: Statements, entry: Entry, its: Partial<Row>): void {
  let resolve = () => {};
  const over = new Promise<void>((done) => {
    resolve = done;
  });
  entry.pending = { tx, change: its, over };
  onceEnded(tx, (outcome) => {
    settle(entry, outcome);
    resolve();
  });
}

/** Carries out what a transaction has changed, or drops it. If its outcome is unknown, only an ending counts. */
function settle(entry: Entry, outcome: Outcome): void {
  const its = entry.pending?.change ?? null;
  const tokens = [entry.row?.tokenHash, its?.tokenHash];
  entry.pending = null;
  if (outcome === "committed" || (outcome === "unknown" && its === null))
    entry.row = its && ({ ...entry.row, ...its } as Row);

  const { byToken, byHandle, byUser } = sessions();
  for (const token of tokens) if (token) byToken.delete(keyOf(token));
  if (entry.row) {
    byToken.set(keyOf(entry.row.tokenHash), entry);
    return;
  }
  byHandle.delete(entry.handle);
  byUser.get(entry.userId)?.delete(entry);
  if (byUser.get(entry.userId)?.size === 0) byUser.delete(entry.userId);
}
