import { createHmac, hash, randomBytes } from "node:crypto";
import { env } from "@/lib/env";

export type TokenHash = Uint8Array<ArrayBuffer>;

/** A new token: 256 random bits, as 43 characters of base64url. OWASP ASVS 7.2.3 asks for 128. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * What the table keeps instead of the token.
 *
 * A plain SHA-256 is enough, with neither salt nor stretching: nobody can
 * guess 256 random bits, which is not so with a password.
 */
export function hashToken(token: string): TokenHash {
  return new Uint8Array(hash("sha256", token, "buffer"));
}

/**
 * The ending key of a session: what the ledger keeps of it, so that the holder of its
 * token can be told why it ended. Made with the newest secret. The ledger outlives the
 * session, and this way its readers learn no token's hash.
 */
export function endingKeyOf(hash: TokenHash): TokenHash {
  return endingKeysOf(hash)[0] as TokenHash;
}

/** The ending keys that a session may have: one for each secret still in use. */
export function endingKeysOf(hash: TokenHash): TokenHash[] {
  return env().SESSION_SECRET.map(
    (secret) => new Uint8Array(createHmac("sha256", `mark:${secret}`).update(hash).digest()),
  );
}
