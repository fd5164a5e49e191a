// Interprets database errors for commands, by the error codes of Prisma
// (prisma.io/docs/orm/reference/error-reference) and of Postgres
// (postgresql.org/docs/current/errcodes-appendix.html).

const MISSING_TABLES = /^(P2021|P2022|42P01|42703|42704)$/;
const REFUSED = /^(P1000|P1003|P1010|28...|3D000|42501)$/;

/** Whether Postgres responds but refuses access, so that waiting does not help. */
export function isRefused(error: unknown): boolean {
  return codesOf(error).some((code) => REFUSED.test(code));
}

/** Whether a table or column is missing: the database belongs to another version. */
export function lacksTables(error: unknown): boolean {
  return codesOf(error).some((code) => MISSING_TABLES.test(code));
}

function codesOf(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { code, originalCode, cause, meta } = error as Record<string, unknown>;
  const { driverAdapterError } = (meta ?? {}) as Record<string, unknown>;
  return [code, originalCode]
    .filter((each) => typeof each === "string")
    .concat(codesOf(cause), codesOf(driverAdapterError));
}
