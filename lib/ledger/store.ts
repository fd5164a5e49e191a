import { db } from "@/lib/db";

/**
 * What is recorded is named as in OWASP's logging vocabulary
 * (cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html).
 * A session's end is recorded where it happens: see lib/session/store.
 */
const STARTUP = "sys_startup";

/** Records that the application was started, with the secret of this number as its newest. Throws an Outage. */
export async function recordStartup(secretNumber: string): Promise<void> {
  await db().ledgerLine.create({ data: { event: STARTUP, detail: secretNumber }, select: { id: true } });
}

/** Since when the secret of this number has been the newest one, or null when it never was. Throws an Outage. */
export async function secretInUseSince(secretNumber: string): Promise<Date | null> {
  const first = await db().ledgerLine.findFirst({
    where: { event: STARTUP, detail: secretNumber },
    orderBy: { id: "asc" },
    select: { at: true },
  });
  return first?.at ?? null;
}
