import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { env } from "@/lib/env";

// The secrets of authenticator apps have to be readable, to compute codes. So they are encrypted with a key that is
// not in the database: one made from each SESSION_SECRET. A sealed secret says which one it needs (decision 33).

const [NUMBER, NONCE, TAG] = [4, 12, 16];

type Key = { number: Buffer; key: Buffer };

/** The keys, newest first. Their numbers reveal nothing about them. */
function keys(): Key[] {
  return env().SESSION_SECRET.map((secret) => ({
    number: createHash("sha256").update(`totp key ${secret}`).digest().subarray(0, NUMBER),
    key: Buffer.from(hkdfSync("sha256", secret, "", "latchkey totp", 32)),
  }));
}

/** The number of the newest key, with which a sealed secret begins. */
export function newestKeyNumber(): Buffer {
  const [newest] = keys();
  if (!newest) throw new Error("There is no SESSION_SECRET");
  return newest.number;
}

/** Encrypts a secret of a user with the newest key. It opens for this user alone. */
export function sealSecret(secret: string, userId: string): Buffer<ArrayBuffer> {
  const [newest] = keys();
  if (!newest) throw new Error("There is no SESSION_SECRET");
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", newest.key, nonce).setAAD(Buffer.from(userId));
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([newest.number, nonce, cipher.getAuthTag(), sealed]);
}

/** The secret, or null if none of the keys opens it: its SESSION_SECRET was removed, or it is another user's. */
export function openSecret(sealed: Uint8Array, userId: string): string | null {
  const bytes = Buffer.from(sealed);
  const number = bytes.subarray(0, NUMBER);
  const key = keys().find((one) => one.number.equals(number))?.key;
  if (!key || bytes.length < NUMBER + NONCE + TAG) return null;

  const nonce = bytes.subarray(NUMBER, NUMBER + NONCE);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG })
    .setAAD(Buffer.from(userId))
    .setAuthTag(bytes.subarray(NUMBER + NONCE, NUMBER + NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NUMBER + NONCE + TAG)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
