import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { env } from "@/lib/env";
import { mailAddress } from "@/lib/text/email";
import type { Message } from "./messages";

/** How long a mail server may take, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

let smtp: ReturnType<typeof createTransport> | undefined;

/**
 * Sends a mail by the server that `SMTP_URL` names, or, where none is named,
 * keeps it as a file in `OUTBOX_FOLDER`. Returns once it has been taken over;
 * throws what nodemailer throws when it has not.
 */
export async function send(id: string, message: Message): Promise<void> {
  const { SMTP_URL, MAIL_FROM, APP_URL } = env();
  const from = MAIL_FROM ?? `Latchkey <no-reply@${APP_URL.hostname}>`;
  const messageId = `<${id}@${APP_URL.hostname}>`;
  // Machines that answer by themselves should not (RFC 3834).
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

/** Writes a mail as a file that any mail program opens. */
async function keep(id: string, mail: object): Promise<void> {
  const { OUTBOX_FOLDER } = env();
  const writer = createTransport({ streamTransport: true, buffer: true });
  const { message } = await writer.sendMail(mail);

  await mkdir(OUTBOX_FOLDER, { recursive: true, mode: 0o700 });
  // Whole or not at all, for who looks at the folder meanwhile.
  const path = join(OUTBOX_FOLDER, `${id}.eml`);
  await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 });
  await rename(`${path}.part`, path);
}

/** Whether a mail server refused a mail for good (RFC 5321 §4.2.1: 5yz), as opposed to not now. */
export function isRefusedForGood(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  return (code === "EENVELOPE" || code === "EMESSAGE") && (responseCode ?? 0) >= 500;
}
