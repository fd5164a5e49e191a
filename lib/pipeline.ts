import type { Socket } from "node:net";
import type { PoolClient, QueryResult } from "pg";
import { Prisma } from "@/prisma/client/client";

/** Anything that runs statements in SQL: the database itself, a transaction of Prisma, or a pipeline. */
export type Statements = {
  $queryRaw<Rows = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows>;
  $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number>;
};

/**
 * A transaction whose statements do not wait for each other. Those that are started together leave together: BEGIN with
 * the first ones, and COMMIT with those that `withCommit` has been given. Postgres runs them in this order, and none after
 * one that fails.
 */
export class Pipeline implements Statements {
  private readonly last: Promise<unknown>[] = [];
  private failure: { error: unknown } | null = null;
  private isOver = false;
  private isGathering = false;

  constructor(private readonly client: PoolClient) {
    this.send({ text: "BEGIN" }).catch(() => {});
  }

  async $queryRaw<Rows = unknown>(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<Rows> {
    return (await this.send(sqlOf(query, values))).rows as Rows;
  }

  async $executeRaw(query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<number> {
    return (await this.send(sqlOf(query, values))).rowCount ?? 0;
  }

  /** Adds work whose statements have been sent, and whose outcome only the end of the transaction waits for. */
  add(work: Promise<unknown>): void {
    // The end reports its failure.
    work.catch(() => {});
    this.last.push(work);
  }

  /** Commits, and returns whether it did: not if a statement has failed. Throws if the outcome is unknown. */
  async commit(): Promise<boolean> {
    this.gather();
    const committing = this.client.query("COMMIT");
    this.isOver = true;
    // Postgres answers "ROLLBACK" if a statement has failed.
    if ((await committing).command !== "COMMIT") return false;
    await Promise.all(this.last);
    return true;
  }

  async rollback(): Promise<void> {
    if (!this.isOver) await this.send({ text: "ROLLBACK" });
    this.isOver = true;
  }

  /** The error of the first statement that failed, or else this one: all later statements fail because of it. */
  causeOf(error: unknown): unknown {
    return this.failure ? this.failure.error : error;
  }

  /** Sends everything that is started in this turn of the event loop in one piece. */
  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    const stream = streamOf(this.client);
    stream.cork();
    setImmediate(() => {
      this.isGathering = false;
      stream.uncork();
    });
  }

  private async send({ text, values }: { text: string; values?: unknown[] }): Promise<QueryResult> {
    if (this.isOver) throw new Error("The transaction is over");
    this.gather();
    try {
      return await this.client.query({ text, values });
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }
}

function streamOf(client: PoolClient): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

function sqlOf(query: TemplateStringsArray | Prisma.Sql, values: unknown[]): { text: string; values: unknown[] } {
  return "raw" in query ? Prisma.sql(query, ...(values as Prisma.Sql[])) : query;
}

/**
 * Waits for work whose result nobody needs before the transaction ends. In a pipeline, its end waits for it, so that its
 * statements leave with the COMMIT. The work must then have started all of them.
 */
export async function withCommit(tx: Statements, work: Promise<unknown>): Promise<void> {
  if (tx instanceof Pipeline) tx.add(work);
  else await work;
}
