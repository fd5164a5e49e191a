import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { Prisma, PrismaClient } from "@/prisma/client/client";
import { env } from "./env";
import { noteOutage } from "./http/context";

// A database that does not answer in this time is away, as a person sees it.
// Together they keep a page from hanging for more than three seconds.
const CONNECT_TIMEOUT = 1500;
const STATEMENT_TIMEOUT = 1000;

/**
 * The database did not answer, or not in time. The same may be asked again
 * later. Whatever request met one is answered with a 503, caught or not.
 */
export class Outage extends Error {
  override name = "Outage";
}

// Next.js puts a module into more than one bundle, and all of them have to
// share the connections; so these hang on the process.
const shared = globalThis as { latchkeyDb?: ReturnType<typeof connect> };

/** The door to Postgres. What it throws when the database is away is an Outage. */
export function db(): ReturnType<typeof connect> {
  shared.latchkeyDb ??= connect();
  return shared.latchkeyDb;
}

/** Does all of `work`, or none of it. Throws an Outage when the database is away. */
export async function transaction<T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> {
  return namingOutages(() =>
    db().$transaction((tx) => work(tx as unknown as Prisma.TransactionClient), {
      maxWait: CONNECT_TIMEOUT,
      timeout: 2 * STATEMENT_TIMEOUT,
    }),
  );
}

function connect() {
  const pool = new Pool({
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

  return new PrismaClient({ adapter: new PrismaPg(pool) }).$extends({
    query: { $allOperations: ({ args, query }) => namingOutages(() => query(args)) },
  });
}

async function namingOutages<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isOutage(error)) throw error;
    noteOutage();
    throw new Outage("The database does not answer", { cause: error });
  }
}

// Prisma: not reachable, timed out, refused, closed, no connection or
// transaction to be had in time (prisma.io/docs/orm/reference/error-reference).
const PRISMA_OUTAGES = /^P(1000|1001|1002|1003|1008|1010|1011|1017|2024|2028|2037)$/;
// Postgres: connection exceptions, out of resources, shutting down or starting
// up, statement timed out (postgresql.org/docs/current/errcodes-appendix.html).
const POSTGRES_OUTAGES = /^(08...|53...|57...|58...|25006|25P03)$/;
const MESSAGES = /Connection terminated|timeout exceeded|Query read timeout|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN/;

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Prisma.PrismaClientInitializationError) return true;

  const { code = "", meta } = error as { code?: string; meta?: { code?: string; driverAdapterError?: unknown } };
  return (
    PRISMA_OUTAGES.test(code) ||
    POSTGRES_OUTAGES.test(code) ||
    POSTGRES_OUTAGES.test(meta?.code ?? "") ||
    MESSAGES.test(error.message) ||
    isOutage(error.cause) ||
    isOutage(meta?.driverAdapterError)
  );
}
