import { CommanderError } from "commander";
import { isOutage } from "@/lib/db";

/** What a command says when it cannot do what was asked, and with what it exits. */
export type Failure = { exit: 0 | 1 | 2 | 3; message: string };

const REFUSAL = "The database refuses us. Are the user, the password and the name in DATABASE_URL right?";
const AWAY = "The database does not answer. Is DATABASE_URL right, and is Postgres running there?";

/** Of what was thrown, what can be said without a stack; null of what should not happen. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof CommanderError && error.code === "commander.help")
    return { exit: 2, message: "Say what to do, with one of the commands." };
  if (error instanceof CommanderError)
    return { exit: error.exitCode === 0 ? 0 : 2, message: error.message.replace(/^error: /, "") };
  if (!(error instanceof Error)) return null;
  if (error.name === "UserError") return { exit: 1, message: error.message };

  if (isRefused(error)) return { exit: 3, message: REFUSAL };
  if (isOutage(error)) return { exit: 3, message: AWAY };
  if (codesOf(error).some((code) => MISSING_TABLES.test(code)))
    return { exit: 1, message: "The database is not that of this version. Apply its migrations: npm run db:migrate" };
  return null;
}

/** Whether Postgres answers, and does not let us in: to wait does not help. */
export function isRefused(error: unknown): boolean {
  return codesOf(error).some((code) => REFUSED.test(code));
}

// Prisma's codes (prisma.io/docs/orm/reference/error-reference), and Postgres's (postgresql.org/docs/current/errcodes-appendix.html).
const MISSING_TABLES = /^(P2021|P2022|42P01|42703|42704)$/;
const REFUSED = /^(P1000|P1003|P1010|28...|3D000|42501)$/;

function codesOf(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { code, originalCode, cause, meta } = error as Record<string, unknown>;
  const { driverAdapterError } = (meta ?? {}) as Record<string, unknown>;
  return [code, originalCode]
    .filter((each) => typeof each === "string")
    .concat(codesOf(cause), codesOf(driverAdapterError));
}
