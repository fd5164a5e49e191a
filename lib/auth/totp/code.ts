import { Secret, TOTP } from "otpauth";
import { env, SECOND } from "@/lib/env";

/** How long a code is shown, in milliseconds (RFC 6238 §5.2). */
const STEP = 30 * SECOND;

/** A new random secret of 160 bits, the length that RFC 4226 §4 recommends, in base32. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** The address that an authenticator app reads from a QR code. */
export function addressOf(secret: string, email: string): string {
  return totpOf(secret, email).toString();
}

/**
 * The time step of a code of six digits: the current one, the one before or the one after, because clocks differ and
 * people take their time (RFC 6238 §5.2). Null if the code is wrong. Compares in constant time.
 */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const timestamp = now.getTime();
  const delta = totpOf(secret).validate({ token: code, window: 1, timestamp });
  return delta === null ? null : Math.floor(timestamp / STEP) + delta;
}

/** The code that an app shows at a moment. */
export function codeAt(secret: string, now: Date): string {
  return totpOf(secret).generate({ timestamp: now.getTime() });
}

/** What every app understands: SHA-1, six digits, 30 seconds. */
function totpOf(secret: string, label = "latchkey"): TOTP {
  return new TOTP({
    issuer: env().PRODUCT_NAME,
    label,
    secret: Secret.fromBase32(secret),
    algorithm: "SHA1",
    digits: 6,
    period: STEP / SECOND,
  });
}
