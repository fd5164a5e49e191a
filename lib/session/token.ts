import { createHash, randomBytes } from "node:crypto";

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
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(token).digest());
}
