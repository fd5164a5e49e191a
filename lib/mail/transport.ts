import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { env } from "@/lib/env";
import { mailAddress } from "@/lib/text/email";
import type { Message } from "./messages";

/** The timeouts for the mail server, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

let smtp: ReturnType<typeof createTransport> | undefined;

/**
 * Sends an email through the server in `SMTP_URL`. Without that setting, keeps it as a file in
 * `OUTBOX_FOLDER`. Returns once the email has been accepted; otherwise throws the error of
 * nodemailer.
 */
export async function send(id: string, message: Message): Promise<void> {
  const { SMTP_URL, MAIL_FROM, APP_URL, PRODUCT_NAME } = env();
  const from = MAIL_FROM ?? { name: PRODUCT_NAME, address: `no-reply@${APP_URL.hostname}` };
  const messageId = `<${id}@${APP_URL.hostname}>`;
  // Tells automatic responders not to reply (RFC 3834).
  const mail = {
    ...message,
    to: { name: "", address: mailAddress(message.to) },
    from,
    messageId,
    headers: { "Auto-Submitted": "auto-generated" },
  };

  if (!SMTP_URL) return keep(id, mail);
  smtp ??= createTransport({ url: SMTP_URL, ...TIMEOUTS });
  await smtp.sendMail(mail);
}

/** Stores an email as a file that any mail program can open. */
async function keep(id: string, mail: object): Promise<void> {
  const { OUTBOX_FOLDER } = env();
  const writer = createTransport({ streamTransport: true, buffer: true });
  const { message } = await writer.sendMail(mail);

  await mkdir(OUTBOX_FOLDER, { recursive: true, mode: 0o700 });
  // Renamed once complete, so that readers of the folder never see half a file.
  const path = join(OUTBOX_FOLDER, `${id}.eml`);
  await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/** Whether a mail server refused an email permanently (RFC 5321 §4.2.1: 5yz), as opposed to temporarily. */
export function isRefusedForGood(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return (code === "EENVELOPE" || code === "EMESSAGE") && (responseCode ?? 0) >= 500;
}
