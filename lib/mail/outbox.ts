import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { env } from "@/lib/env";
import { normaliseEmail } from "@/lib/text/email";

/** A mail that was kept and not sent. */
type KeptMail = { id: string; to: string; subject: string; at: Date; text: string; html: string };

/** The maximum of mails that are shown, the newest ones. */
const SHOWN = 50;

/** The mails that were kept, newest first; null where they are nobody's to see. */
export async function keptMails(): Promise<KeptMail[] | null> {
  const { OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  if (!OUTBOX_SHOWN) return null;

  const files = await readdir(OUTBOX_FOLDER).catch(() => []);
  const ids = files.filter((file) => file.endsWith(".eml")).map((file) => file.slice(0, -4));
  // They are numbered by the time at which they were queued (UUID version 7).
  const newest = ids.sort().reverse().slice(0, SHOWN);
  return (await Promise.all(newest.map(keptMail))).filter((mail) => mail !== null);
}

/** The mail of this number, or null. */
export async function keptMail(id: string): Promise<KeptMail | null> {
  const source = await keptFile(id);
  if (!source) return null;

  const { to, subject, date, text, html } = await PostalMime.parse(source);
  return {
    id,
    // With its domain as people write it; in the file it is in ASCII.
    to: normaliseEmail(to?.[0]?.address ?? ""),
    subject: subject ?? "",
    at: new Date(date ?? 0),
    text: text ?? "",
    html: html ?? "",
  };
}

/** The file of the mail of this number, or null. */
export async function keptFile(id: string): Promise<Buffer<ArrayBuffer> | null> {
  const { OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  if (!OUTBOX_SHOWN || !/^[\da-f-]{36}$/.test(id)) return null;
  return readFile(join(/* turbopackIgnore: true */ process.cwd(), OUTBOX_FOLDER, `${id}.eml`)).catch(() => null);
}
