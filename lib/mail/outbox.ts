import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { env } from "@/lib/env";
import { normaliseEmail } from "@/lib/text/email";

/** An email that was kept instead of sent. */
type KeptMail = { id: string; to: string; subject: string; at: Date; text: string; html: string };

/** The maximum number of emails shown, newest first. */
const SHOWN = 50;

/** The kept emails, newest first; null if the settings do not show them. */
export async function keptMails(): Promise<KeptMail[] | null> {
  const { OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  if (!OUTBOX_SHOWN) return null;

  const files = await readdir(OUTBOX_FOLDER).catch(() => []);
  const ids = files.filter((file) => file.endsWith(".eml")).map((file) => file.slice(0, -4));
  // Ids are UUIDs of version 7, so they sort by the time of queueing.
  const newest = ids.sort().reverse().slice(0, SHOWN);
  return (await Promise.all(newest.map(keptMail))).filter((mail) => mail !== null);
}

/** The email with this id, or null. */
export async function keptMail(id: string): Promise<KeptMail | null> {
  const source = await keptFile(id);
  if (!source) return null;

  const { to, subject, date, text, html } = await PostalMime.parse(source);
  return {
    id,
    // With the domain as people write it; the file has it in ASCII.
    to: normaliseEmail(to?.[0]?.address ?? ""),
    subject: subject ?? "",
    at: new Date(date ?? 0),
    text: text ?? "",
    html: html ?? "",
  };
}

/** The file of the email with this id, or null. */
export async function keptFile(id: string): Promise<Buffer<ArrayBuffer> | null> {
  const { OUTBOX_FOLDER, OUTBOX_SHOWN } = env();
  if (!OUTBOX_SHOWN || !/^[\da-f-]{36}$/.test(id)) return null;
  return readFile(join(/* turbopackIgnore: true */ process.cwd(), OUTBOX_FOLDER, `${id}.eml`)).catch(() => null);
}
