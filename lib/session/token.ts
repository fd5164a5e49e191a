import { createHmac, hash, randomBytes } from "node:crypto";
import { env } from "@/lib/env";

export type TokenHash = Uint8Array<ArrayBuffer>;

/** A new token: 256 random bits as 43 characters of base64url. OWASP ASVS 7.2.3 requires at least 128 bits. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * The hash that the table stores instead of the token.
 *
 * Plain SHA-256 is enough, without salt or stretching: unlike a password, 256
 * random bits can't be guessed.
 */
export function hashToken(token: string): TokenHash {
  return new Uint8Array(hash("sha256", token, "buffer"));
}

/**
 * The ending key of a session, made with the newest secret. The ledger keeps it so that the
 * holder of the token can learn why the session ended. The ledger outlives the session, and
 * readers of the ledger can't derive the token's hash from this key.
 */
export function endingKeyOf(hash: TokenHash): TokenHash {
  return endingKeysOf(hash)[0] as TokenHash;
}

/** All ending keys that the session may have: one for each secret in use. */
export function endingKeysOf(hash: TokenHash): TokenHash[] {
  return env().SESSION_SECRET.map(
    (secret) => new Uint8Array(createHmac("sha256", `mark:${secret}`).update(hash).digest()),
  );
}
