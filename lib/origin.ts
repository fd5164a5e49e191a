import { processWide } from "./process-wide";

/** What to tell operators about a database that is not where Latchkey left it. */
export const RESTORED =
  "This database was restored from a backup, copied or moved, so sessions that have ended may be active in it. Nobody can use it until you run: npm run latchkey -- session after-restore";

/** The database is not where Latchkey left it (decision 30). */
class Restored extends Error {
  override name = "Restored";
  /** Postgres's code for a server to which nobody can connect at the moment. */
  readonly code = "57P03";
}

type Client = { query(sql: string): Promise<{ rows: { is_same?: boolean }[] }> };

// A table or a function is missing before the migration; a privilege may be missing, which the doctor reports.
const UNKNOWN = /^(42P01|42883|42501)$/;

/**
 * Whether Postgres has the database of this connection elsewhere than when Latchkey last accepted it: in
 * another cluster, as another database, or with another table of sessions. A restored dump is, and so is
 * a copy; a promoted standby is not. Null when that is unknown.
 */
export async function isRestored(client: Client): Promise<boolean | null> {
  try {
    const { rows } = await client.query("SELECT identity = database_identity() AS is_same FROM origin");
    return rows[0] ? !rows[0].is_same : null;
  } catch (error) {
    if (UNKNOWN.test(String((error as { code?: unknown }).code))) return null;
    throw error;
  }
}

/** Throws if the database of this connection is not where Latchkey left it. */
export async function refuseRestored(client: Client): Promise<void> {
  if (!allowed().restored && (await isRestored(client))) throw new Restored(RESTORED);
}

/** Lets this process use a restored database: for the doctor, and for the command that accepts it. */
export function allowRestored(): void {
  allowed().restored = true;
}

function allowed(): { restored: boolean } {
  return processWide("latchkeyAllowed", () => ({ restored: false }));
}

/** Whether a restored database caused an Outage. Prisma's errors keep only its message. */
export function isAboutRestored(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { message, cause } = error as Error;
  return String(message).includes(RESTORED) || isAboutRestored(cause);
}
