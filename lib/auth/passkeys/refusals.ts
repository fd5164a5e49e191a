import { transaction } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { record } from "@/lib/ledger/store";
import { enqueue } from "@/lib/mail/queue";
import type { Signed } from "./ceremonies";

type Refused = Exclude<Signed, { state: "signed" }>;

/**
 * Writes a refused response to the ledger. The owner of a passkey that may have been copied gets an email, too. `handle` is
 * the session in which it was to confirm something, if it was.
 */
export async function recordRefused(refused: Refused, client: Client, handle: string | null = null): Promise<void> {
  const { userAgent, ipAddress } = client;
  await transaction(async (tx) => {
    const isCopied = refused.state === "copied";
    const userId = ownerOf(refused);
    const line = { userId, byUserId: null, sessionHandle: isCopied ? null : handle, userAgent, ipAddress };
    const reason = isCopied ? "passkey-copied" : handle ? "confirm" : "passkey";
    const how = reason === "confirm" && { detail: "passkey" };
    await record(tx, { event: "authn_login_fail", reason, ...line, ...how });
    if (!isCopied) return;
    const { id, email } = refused.key.user;
    const details = { about: "passkey-copied" as const, userId: id, at: new Date().toISOString(), handle: null };
    await enqueue(tx, email, { kind: "incident", details: { ...details, userAgent, ipAddress } });
  });
}

function ownerOf(refused: Refused): string | null {
  if (refused.state === "copied") return refused.key.user.id;
  return refused.state === "refused" ? refused.userId : null;
}
