import { Pool } from "pg";
import { Prisma, PrismaClient } from "@/prisma/client/client";
import { Adapter, Connection } from "./connection";
import { env } from "./env";
import { refuseRestored } from "./origin";
import { Pipeline, type Statements } from "./pipeline";
import { processWide } from "./process-wide";
import { answerWithStatus, keptStatus } from "./request-context";

// A database that takes longer than this counts as unavailable.
// Together the two keep a page from hanging for more than three seconds.
const CONNECT_TIMEOUT = 1500;
const STATEMENT_TIMEOUT = 1000;

/**
 * The database did not respond, or not in time. A retry may succeed later. A request that meets one
 * gets a 503, even if the error is caught, unless part of the response has already been sent.
 */
export class Outage extends Error {
  override name = "Outage";
  /** The only part of an error that Next.js passes on to app/error.tsx. */
  digest = "OUTAGE";
}

/** Whether an error is an Outage. Compares names, because each bundle has its own copy of the class. */
export function isOutage(error: unknown): error is Outage {
  return error instanceof Error && error.name === "Outage";
}

/** Anything that runs queries: the database itself, or a transaction in it. */
export type Database = Prisma.TransactionClient;

export type { Statements };

/** The Prisma client: the door to Postgres. Its methods throw an Outage when the database is unavailable. */
export function db(): PrismaClient {
  return processWide("latchkeyDb", connect);
}

/**
 * Runs a prepared statement and returns its rows, for queries that are sent often. Postgres plans
 * them once per connection, under this name. They bypass Prisma, which would take twice as long.
 * Without a name, Postgres plans the statement for these values. Throws an Outage.
 */
export async function prepared<Row extends object>(name: string | null, { text, values }: Prisma.Sql): Promise<Row[]> {
  const { rows } = await namingOutages(() => pool().query<Row>({ ...(name && { name }), text, values }));
  return rows;
}

/** SQL for all rows of a query as one value, so that one statement can read several lists. Times in it become text. */
export function asJson(query: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT coalesce(json_agg(one), '[]') FROM (${query}) AS one)`;
}

/** A row in such a value. */
export type InJson<Row> = {
  [Column in keyof Row]: Row[Column] extends Date
    ? string
    : Row[Column] extends Date | null
      ? string | null
      : Row[Column];
};

/** How a transaction ended. "unknown": the response to its COMMIT was lost, so that it may have committed. */
export type Outcome = "committed" | "rolled-back" | "unknown";

/** The work to do at the end of each open transaction. */
const atEnd = new WeakMap<Statements, ((outcome: Outcome) => void)[]>();

/** The maximum number of attempts at a transaction that conflicts with others. */
const TRIES = 3;

/** How to run `work` between BEGIN and COMMIT. `onDone` is called when nothing but the COMMIT can still fail. */
type Begin<Tx> = <T>(work: (tx: Tx) => Promise<T>, onDone: () => void) => Promise<T>;

/**
 * Runs `work` in a transaction: all of it happens, or none. Throws an Outage when the database is
 * unavailable. After a deadlock or a write conflict `work` runs again, so it must change nothing
 * but the database.
 */
export async function transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> {
  return retried(beginWithPrisma, work);
}

/**
 * Runs `work` in a transaction, as `transaction` does, with few round trips to the database: see Pipeline. A log-in
 * works even if the database is far away.
 */
export async function pipelined<T>(work: (tx: Statements) => Promise<T>): Promise<T> {
  return retried(beginPipeline, work);
}

async function retried<T, Tx extends Statements>(begin: Begin<Tx>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const forgetStatus = keptStatus();
  const again = async (tries: number): Promise<T> => {
    try {
      return await once(begin, work);
    } catch (error) {
      if (tries === 1 || !isGivenUp(error)) throw error;
      forgetStatus();
      return again(tries - 1);
    }
  };
  return namingOutages(() => again(TRIES));
}

/** Runs `work` in a transaction, once, and then the work that is due at its end. */
async function once<T, Tx extends Statements>(begin: Begin<Tx>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const due: ((outcome: Outcome) => void)[] = [];
  let isDone = false;
  const noting = async (tx: Tx) => {
    atEnd.set(tx, due);
    return work(tx);
  };
  let result: T;
  try {
    result = await begin(noting, () => {
      isDone = true;
    });
  } catch (error) {
    const outcome = isDone && meansOutage(error) && !isGivenUp(error) ? "unknown" : "rolled-back";
    for (const one of due) one(outcome);
    throw error;
  }
  for (const one of due) one("committed");
  return result;
}

async function beginWithPrisma<T>(work: (tx: Database) => Promise<T>, onDone: () => void): Promise<T> {
  const limits = { maxWait: CONNECT_TIMEOUT, timeout: 2 * STATEMENT_TIMEOUT };
  return db().$transaction(async (tx) => {
    const result = await work(tx);
    onDone();
    return result;
  }, limits);
}

async function beginPipeline<T>(work: (tx: Statements) => Promise<T>, onDone: () => void): Promise<T> {
  const client = await pool().connect();
  const tx = new Pipeline(client);
  try {
    const result = await work(tx);
    const isCommitted = await tx.commit().catch((error) => {
      onDone();
      throw error;
    });
    if (!isCommitted) throw new Error("The transaction was rolled back");
    return result;
  } catch (error) {
    await tx.rollback().catch(() => {});
    throw tx.causeOf(error);
  } finally {
    client.release();
  }
}

/** Runs `work` in the transaction `tx`, or in one of its own if `tx` is the database itself. Throws an Outage. */
export function inTransaction<T>(tx: Statements, work: (tx: Statements) => Promise<T>): Promise<T> {
  return atEnd.has(tx) ? work(tx) : transaction(work);
}

/** Runs `work` at the end of the transaction `tx`, however it ends. If `tx` is not a transaction, it runs at once. */
export function onceEnded(tx: Statements, work: (outcome: Outcome) => void): void {
  const due = atEnd.get(tx);
  if (due) due.push(work);
  else work("committed");
}

/**
 * Runs `work` once the transaction has committed, and never if it rolls back. If `tx` is not a
 * transaction, it runs at once.
 */
export function onceCommitted(tx: Statements, work: () => void): void {
  onceEnded(tx, (outcome) => outcome === "committed" && work());
}

/** The time by the database's clock, which decides on lifetimes. Throws an Outage. */
export async function clock(): Promise<Date> {
  const [row] = await db().$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
  return row?.now ?? new Date(Number.NaN);
}

function connect(): PrismaClient {
  return new PrismaClient({ adapter: new Adapter(pool()) }).$extends({
    query: { $allOperations: ({ args, query }) => namingOutages(() => query(args)) },
  }) as unknown as PrismaClient;
}

/** The connection pool, which Prisma uses as well. */
function pool(): Pool {
  return processWide("latchkeyPool", createPool);
}

function createPool(): Pool {
  const pool = new Pool({
    Client: Connection,
    connectionString: env().DATABASE_URL,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    // Postgres enforces the limit above, which does not help where the network drops packets.
    query_timeout: STATEMENT_TIMEOUT + 500,
    idle_in_transaction_session_timeout: 2 * STATEMENT_TIMEOUT,
    // Sends a statement without waiting for the response to the one before: see Pipeline.
    pipeline: true,
    // Each new connection, because a database can be restored only once all earlier ones are closed.
    onConnect: refuseRestored,
  });
  // A connection that breaks while idle is replaced at the next use. Without a listener, its error event would
  // end the process.
  pool.on("error", () => {});
  // If the end of a transaction did not reach Postgres, it is still open when its connection returns to the pool.
  // The next user of the connection would continue it.
  pool.on("release", (_error, client) => {
    if (client.getTransactionStatus() !== "I") client.end();
  });
  return pool;
}

/** Runs `work`. Database-unavailable errors become Outages, including those of a batch that this call shared. */
export async function namingOutages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error) && !meansOutage(error)) throw error;
    answerWithStatus(503);
    if (isOutage(error)) throw error;
    throw new Outage("The database does not answer", { cause: error });
  }
}

// Prisma: no connection or transaction available, or conflicting transactions
// (prisma.io/docs/orm/reference/error-reference).
const CODES_OF_PRISMA = /^P(1000|1001|1002|1003|1008|1010|1011|1017|2024|2028|2034|2037)$/;
// Postgres: connection lost, authentication failed, no such database, conflicting transactions, out of resources,
// a database that accepts no connections, a lock or a transaction that took too long, shutting down or starting up, statement timeout, read-only after
// a failover (postgresql.org/docs/current/errcodes-appendix.html).
const CODES_OF_POSTGRES = /^(08...|28...|3D000|40...|53...|55000|55P03|57...|58...|25P03|25P04|25006)$/;
// The operating system: connection refused or lost, host not found, or no route to it.
const CODES_OF_SYSTEM = /^(ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN))$/;
// Prisma's adapter has names for some of these codes.
const KINDS =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TlsConnectionError|AuthenticationFailed|DatabaseAccessDenied|DatabaseDoesNotExist|TransactionWriteConflict)$/;
// All messages of pg and pg-pool about connection failures without a code. A test that really cuts connections
// proves the list complete.
const MESSAGES =
  /^Connection terminated|^timeout (exceeded|expired)|^Query read timeout$|is not queryable$|SSL connections?$|^Received unexpected \w+ message from backend/;

type Failure = {
  code?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
};

/** Whether an error, or one of its causes, means that the database is unavailable. */
function meansOutage(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;

  const { code, kind, message, cause, meta } = error as Failure;
  return (
    [CODES_OF_PRISMA, CODES_OF_POSTGRES, CODES_OF_SYSTEM].some((codes) => codes.test(String(code))) ||
    KINDS.test(String(kind)) ||
    MESSAGES.test(String(message)) ||
    meansOutage(cause) ||
    meansOutage(meta?.driverAdapterError)
  );
}

/** Whether Postgres aborted a transaction in favour of another: a deadlock or a write conflict. */
function isGivenUp(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, kind, cause, meta } = error as Failure;
  return (
    /^(40001|40P01|P2034)$/.test(String(code)) ||
    kind === "TransactionWriteConflict" ||
    isGivenUp(cause) ||
    isGivenUp(meta?.driverAdapterError)
  );
}
