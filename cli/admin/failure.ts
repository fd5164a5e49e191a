import { CommanderError } from "commander";
import { isRefused, lacksTables } from "@/cli/database-errors";
import { isOutage } from "@/lib/db";

/** What a command says when it cannot do what was asked, and with what it exits. */
export type Failure = { exit: 0 | 1 | 2 | 3; message: string };

const REFUSAL = "The database refuses us. Are the user, the password and the name in DATABASE_URL right?";
const AWAY = "The database does not answer. Is DATABASE_URL right, and is Postgres running there?";

/** The failure to report for what was thrown, without a stack; null for an error that should not happen. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof CommanderError && error.code === "commander.help")
    return { exit: 2, message: "Say what to do, with one of the commands." };
  if (error instanceof CommanderError)
    return { exit: error.exitCode === 0 ? 0 : 2, message: error.message.replace(/^error: /, "") };
  if (!(error instanceof Error)) return null;
  if (error.name === "UserError") return { exit: 1, message: error.message };

  if (isRefused(error)) return { exit: 3, message: REFUSAL };
  if (isOutage(error)) return { exit: 3, message: AWAY };
  if (lacksTables(error))
    return { exit: 1, message: "The database is not that of this version. Apply its migrations: npm run db:migrate" };
  return null;
}
