import { createHmac, timingSafeEqual } from "node:crypto";
import { env } from "@/lib/env";

// Proofs, challenges and rotation cookies are kept nowhere: an HMAC shows that the server made them. Each purpose has
// a key of its own, so that a value of one kind is never taken for another.

type Purpose = "proof" | "challenge" | "bind" | "generation" | "client";

/** The HMAC of these parts with the newest secret, in base64url. */
export function macOf(purpose: Purpose, parts: readonly (string | number)[]): string {
  return macWith(env().SESSION_SECRET[0] ?? "", purpose, parts);
}

/** Whether a text is the HMAC of these parts with any secret in use. */
export function isMacOf(text: string, purpose: Purpose, parts: readonly (string | number)[]): boolean {
  return env().SESSION_SECRET.some((secret) => isSame(text, macWith(secret, purpose, parts)));
}

function macWith(secret: string, purpose: Purpose, parts: readonly (string | number)[]): string {
  return createHmac("sha256", `${purpose}:${secret}`).update(parts.join(" ")).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
