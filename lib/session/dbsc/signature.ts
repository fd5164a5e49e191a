import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { z } from "zod";

/** The public key of a browser, as a JWK (RFC 7517) with nothing else in it. */
export type ProofKey = { kty: "EC"; crv: "P-256"; x: string; y: string } | { kty: "RSA"; n: string; e: string };

/** A signed challenge. `jwk` is only there when the browser registers its key. */
export type Signed = { alg: "ES256" | "RS256"; jwk: unknown; challenge: string; text: string; signature: Buffer };

/** The algorithms that we accept, the preferred one first. Some TPMs have only RSA. */
export const ALGORITHMS = ["ES256", "RS256"] as const;

/** The maximum length of a signature with its key, in characters. One with RSA and 4096 bits needs about 1800. */
const LONGEST = 4096;

const HEADER = z.object({ alg: z.enum(ALGORITHMS), typ: z.literal("dbsc+jwt"), jwk: z.unknown().optional() });
const CLAIMS = z.object({ jti: z.string().max(200) });

// Strict: a key with a private part, or with any other, is not accepted.
const COORDINATE = z.string().regex(/^[\w-]{43}$/);
const KEY = z.union([
  z.strictObject({ kty: z.literal("EC"), crv: z.literal("P-256"), x: COORDINATE, y: COORDINATE }),
  // From 2048 to 4096 bits.
  z.strictObject({ kty: z.literal("RSA"), n: z.string().regex(/^[\w-]{342,683}$/), e: z.literal("AQAB") }),
]);

/**
 * Parses the header with a signed challenge: a JWS in its compact form (RFC 7515), alone or in quotes. Null if it is
 * none. This checks no signature.
 */
export function parseSigned(header: string | undefined): Signed | null {
  const [, protectedHeader = "", payload = "", signature = ""] =
    /^"?([\w-]+)\.([\w-]+)\.([\w-]+)"?$/.exec(header?.slice(0, LONGEST) ?? "") ?? [];
  const [its, claims] = [HEADER.safeParse(jsonOf(protectedHeader)), CLAIMS.safeParse(jsonOf(payload))];
  if (!its.success || !claims.success) return null;
  return {
    alg: its.data.alg,
    jwk: its.data.jwk,
    challenge: claims.data.jti,
    text: `${protectedHeader}.${payload}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

/** The key with which a browser registers, or null if we do not accept it. */
export function parseKey(jwk: unknown): ProofKey | null {
  const { success, data } = KEY.safeParse(jwk);
  return success && publicKey(data) ? data : null;
}

/** Whether the owner of this key has signed. */
export function isSignedBy(key: ProofKey, { alg, text, signature }: Signed): boolean {
  const publicKeyOf = publicKey(key);
  if (!publicKeyOf || (alg === "ES256") !== (key.kty === "EC")) return false;
  // A JWS has both numbers of an ECDSA signature side by side (RFC 7518 §3.4).
  return verify("sha256", Buffer.from(text), { key: publicKeyOf, dsaEncoding: "ieee-p1363" }, signature);
}

/** Whether two keys are the same. */
export function isSameKey(one: ProofKey, other: ProofKey): boolean {
  return one.kty === "EC" && other.kty === "EC"
    ? one.x === other.x && one.y === other.y
    : one.kty === "RSA" && other.kty === "RSA" && one.n === other.n;
}

function publicKey(key: ProofKey) {
  try {
    return createPublicKey({ key: key as JsonWebKey, format: "jwk" });
  } catch {
    // Its numbers are no point of the curve.
    return null;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return null;
  }
}
