import { type Database, db } from "@/lib/db";
import type { Client } from "@/lib/http/client";
import { LONGEST_USER_AGENT } from "@/lib/ledger/store";
import type { LockedUser } from "@/lib/session/store/contract";

/** How browsers can reach an authenticator (WebAuthn §5.8.4). Others may come: browsers ignore what they do not know. */
export type Passkey = {
  /** The credential's id, in base64url. */
  id: string;
  name: string;
  transports: string[];
  /** Whether it is synced to other devices, as it last said. Otherwise one device has it. */
  synced: boolean;
  /** The browser in which it was added, as it claimed to be, and its address. */
  userAgent: string | null;
  ipAddress: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
};

/** A passkey's owner, as the account was when the passkey was looked up. */
type Owner = Pick<LockedUser, "id" | "email" | "role" | "passwordHash" | "disabledAt" | "factorVersion">;

/** What it takes to check a passkey's signature, and its owner. */
export type StoredKey = {
  publicKey: Uint8Array<ArrayBuffer>;
  counter: number;
  name: string;
  user: Owner;
};

/** The maximum number of passkeys of a user. */
export const MOST_PASSKEYS = 30;

/** A user's passkeys, the latest added first. Throws an Outage. */
export async function listPasskeys(userId: string, tx: Database = db()): Promise<Passkey[]> {
  const found = await tx.passkey.findMany({
    where: { userId },
    select: {
      ...{ id: true, name: true, transports: true, synced: true, userAgent: true, ipAddress: true },
      ...{ createdAt: true, lastUsedAt: true },
    },
    orderBy: { createdAt: "desc" },
  });
  return found.map(({ id, ...rest }) => ({ id: textOf(id), ...rest }));
}

/** The number of a user's passkeys. Throws an Outage. */
export async function countPasskeys(userId: string, tx: Database = db()): Promise<number> {
  return tx.passkey.count({ where: { userId } });
}

/** The stored key with this id, of any user, or null. Throws an Outage. */
export async function findKey(id: string): Promise<StoredKey | null> {
  const found = await db().passkey.findUnique({
    where: { id: bytesOf(id) },
    select: {
      ...{ publicKey: true, counter: true, name: true },
      user: {
        select: { id: true, email: true, role: true, passwordHash: true, disabledAt: true, factorVersion: true },
      },
    },
  });
  return found && { ...found, counter: Number(found.counter) };
}

export type NewPasskey = Pick<Passkey, "id" | "name" | "transports" | "synced"> & {
  publicKey: Uint8Array<ArrayBuffer>;
  counter: number;
};

/** Stores a new passkey of a user. Returns false if an account has it already. Throws an Outage. */
export async function insertPasskey(
  tx: Database,
  userId: string,
  { id, publicKey, counter, transports, name, synced }: NewPasskey,
  { userAgent, ipAddress }: Client,
): Promise<boolean> {
  // Not by an error: that would end the transaction.
  const { count } = await tx.passkey.createMany({
    data: {
      ...{ id: bytesOf(id), userId, publicKey, counter, transports, name, synced },
      ...{ userAgent: userAgent?.slice(0, LONGEST_USER_AGENT) ?? null, ipAddress },
    },
    skipDuplicates: true,
  });
  return count === 1;
}

/** Names a user's own passkey. Returns the name that it had before, or null if there is no such passkey. Throws an Outage. */
export async function renamePasskey(
  tx: Database,
  owned: { userId: string; id: string },
  name: string,
): Promise<string | null> {
  const before = await tx.passkey.findFirst({ where: ownedBy(owned), select: { name: true } });
  await tx.passkey.updateMany({ where: ownedBy(owned), data: { name } });
  return before?.name ?? null;
}

/** Deletes a user's own passkey. Returns its name, or null if there is no such passkey. Throws an Outage. */
export async function deletePasskey(tx: Database, owned: { userId: string; id: string }): Promise<string | null> {
  const [deleted] = await tx.$queryRaw<{ name: string }[]>`
    DELETE FROM passkeys WHERE id = ${bytesOf(owned.id)} AND user_id = ${owned.userId}::uuid RETURNING name`;
  return deleted?.name ?? null;
}

/**
 * Records that a passkey has signed: its counter, and whether it is synced now. Returns false, and changes nothing, if
 * the counter did not grow (WebAuthn §7.2, step 22) or the passkey is gone. Authenticators without a counter send 0.
 */
export async function recordSignature(id: string, { counter, synced }: { counter: number; synced: boolean }) {
  const changed = await db().$executeRaw`
    UPDATE passkeys SET counter = ${counter}::bigint, synced = ${synced}, last_used_at = now()
     WHERE id = ${bytesOf(id)} AND (counter < ${counter}::bigint OR (counter = 0 AND ${counter}::bigint = 0))`;
  return changed === 1;
}

function ownedBy({ userId, id }: { userId: string; id: string }) {
  return { userId, id: bytesOf(id) };
}

function bytesOf(id: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(id, "base64url"));
}

function textOf(id: Uint8Array): string {
  return Buffer.from(id).toString("base64url");
}
