import { Pool } from "pg";
import { type Prisma, PrismaClient } from "@/prisma/client/client";
import { Adapter, Connection } from "./connection";
import { env } from "./env";
import { processWide } from "./process-wide";
import { answerWithStatus, keptStatus } from "./request-context";

// A database that does not answer in this time is away, as a person sees it.
// Together they keep a page from hanging for more than three seconds.
const CONNECT_TIMEOUT = 1500;
const STATEMENT_TIMEOUT = 1000;

/**
 * The database did not answer, or not in time. The same may be asked again
 * later. A request that met one is answered with a 503, caught or not, as long
 * as nothing of the answer has been sent.
 */
export class Outage extends Error {
  override name = "Outage";
  /** What Next.js tells app/error.tsx of an error, of which it keeps the rest back. */
  digest = "OUTAGE";
}

/** Whether what was thrown is an Outage: by its name, since each bundle has a class of its own. */
export function isOutage(error: unknown): error is Outage {
  return error instanceof Error && error.name === "Outage";
}

/** What reads and writes: the database itself, or a transaction in it. */
export type Database = Prisma.TransactionClient;

/** The door to Postgres. What it throws when the database is away is an Outage. */
export function db(): PrismaClient {
  return processWide("latchkeyDb", connect);
}

/**
 * The rows of a statement that is sent so often that Postgres plans it once for
 * each connection, under this name; and past Prisma, which takes twice as long for
 * it. Throws an Outage.
 */
export async function prepared<Row extends object>(name: string, { text, values }: Prisma.Sql): Promise<Row[]> {
  const { rows } = await namingOutages(() => pool().query<Row>({ name, text, values }));
  return rows;
}

/** What is to be done when a transaction is committed. */
const afterCommit = new WeakMap<Database, (() => void)[]>();

/** How often a transaction is tried at most, when others get in its way. */
const TRIES = 3;

/**
 * Does all of `work`, or none of it. Throws an Outage when the database is away.
 * `work` is done anew when Postgres gave this transaction up for the sake of
 * another one: so it changes nothing but the database.
 */
export async function transaction<T>(work: (tx: Database) => Promise<T>): Promise<T> {
  let due: (() => void)[] = [];
  const noting = (tx: Database) => {
    due = [];
    afterCommit.set(tx, due);
    return work(tx);
  };
  const once = () => db().$transaction(noting, { maxWait: CONNECT_TIMEOUT, timeout: 2 * STATEMENT_TIMEOUT });
  const forgetStatus = keptStatus();
  const again = async (tries: number): Promise<T> => {
    try {
      return await once();
    } catch (error) {
      if (tries === 1 || !isGivenUp(error)) throw error;
      forgetStatus();
      return again(tries - 1);
    }
  };
  const result = await namingOutages(() => again(TRIES));
  for (const one of due) one();
  return result;
}

/** Does this once a transaction is committed, and never if it is not; at once where `tx` is none. */
export function onceCommitted(tx: Database, work: () => void): void {
  const due = afterCommit.get(tx);
  if (due) due.push(work);
  else work();
}

/** What time it is by the database's clock, which decides. Throws an Outage. */
export async function clock(): Promise<Date> {
  const [row] = await db().$queryRaw<{ now: Date }[]>`SELECT now() AS now`;
  return row?.now ?? new Date(Number.NaN);
}

function connect(): PrismaClient {
  return new PrismaClient({ adapter: new Adapter(pool()) }).$extends({
    query: { $allOperations: ({ args, query }) => namingOutages(() => query(args)) },
  }) as unknown as PrismaClient;
}

/** The connections, which Prisma uses as well. */
function pool(): Pool {
  return processWide("latchkeyPool", createPool);
}

function createPool(): Pool {
  const pool = new Pool({
    Client: Connection,
    connectionString: env().DATABASE_URL,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    // The server's own limit is of no use where the network swallows packets.
    query_timeout: STATEMENT_TIMEOUT + 500,
    idle_in_transaction_session_timeout: 2 * STATEMENT_TIMEOUT,
  });
  // A connection that breaks while idle is replaced at the next use. An error
  // event that nobody listens to would end the process.
  pool.on("error", () => {});
  // A transaction whose end did not reach Postgres is still open when its connection is given back:
  // the next user would go on with it.
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

// Prisma: no connection or transaction to be had, or one that met another (prisma.io/docs/orm/reference/error-reference).
const CODES_OF_PRISMA = /^P(1000|1001|1002|1003|1008|1010|1011|1017|2024|2028|2034|2037)$/;
// Postgres: connection lost, log-in refused, no such database, two transactions in each other's way, out of
// resources, a lock or a transaction that took too long, shutting down or starting up, statement timed out,
// read-only since another server has taken over (postgresql.org/docs/current/errcodes-appendix.html).
const CODES_OF_POSTGRES = /^(08...|28...|3D000|40...|53...|55P03|57...|58...|25P03|25P04|25006)$/;
// The system: nobody there, no way there, or no longer.
const CODES_OF_SYSTEM = /^(ECONN.*|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN))$/;
// Prisma's adapter has words for some of these codes.
const KINDS =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TlsConnectionError|AuthenticationFailed|DatabaseAccessDenied|DatabaseDoesNotExist|TransactionWriteConflict)$/;
// All that pg and pg-pool say of a connection without a code. A test with real kills holds this list complete.
const MESSAGES =
  /^Connection terminated|^timeout (exceeded|expired)|^Query read timeout$|is not queryable$|SSL connections?$|^Received unexpected \w+ message from backend/;

type Failure = {
  code?: unknown;
  kind?: unknown;
  message?: unknown;
  cause?: unknown;
  meta?: { driverAdapterError?: unknown };
};

/** Whether an error, or one of those that led to it, says that the database is away. */
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

/** Whether Postgres has given a transaction up for the sake of another: a deadlock, or a conflict of what both changed. */
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
