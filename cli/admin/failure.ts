import { CommanderError } from "commander";
import { isRefused, lacksTables } from "@/cli/database-errors";
import { isOutage } from "@/lib/db";
import { isAboutRestored, RESTORED } from "@/lib/origin";
import { noPrimaryIn } from "@/lib/primary";
import { asSentences } from "./sentences";

/** The message and the exit status of a command that failed. */
export type Failure = { exit: 0 | 1 | 2 | 3; message: string };

const REFUSAL = "The database refuses the connection. Check the user, password and database name in DATABASE_URL.";
const AWAY = "The database does not respond. Check DATABASE_URL, and that Postgres is running there.";

/** Returns the failure to report for an error, or null for an unexpected error. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof CommanderError && error.code === "commander.help")
    return { exit: 2, message: "Name a command." };
  if (error instanceof CommanderError)
    return { exit: error.exitCode === 0 ? 0 : 2, message: asSentences(error.message) };
  if (!(error instanceof Error)) return null;
  if (error.name === "UserError") return { exit: 1, message: error.message };

  if (isRefused(error)) return { exit: 3, message: REFUSAL };
  if (isAboutRestored(error)) return { exit: 1, message: RESTORED };
  if (isOutage(error)) return { exit: 3, message: noPrimaryIn(error)?.message.concat(".") ?? AWAY };
  if (lacksTables(error))
    return {
      exit: 1,
      message: "The database schema is not that of this version. Apply the migrations: npm run db:migrate",
    };
  return null;
}
