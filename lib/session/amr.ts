import type { Words } from "@/lib/i18n/words";

/**
 * How the user of a session has proved who they are, by the names of RFC 8176: a password (pwd), a one-time code
 * (otp), a key in hardware that cannot be copied (hwk) or one that can (swk), that the device has checked its user
 * (user), and more than one factor (mfa).
 */
export const AMR = ["pwd", "otp", "hwk", "swk", "user", "mfa"] as const;

export type Amr = (typeof AMR)[number];

/** The number of factors that a session was proved with. Two are all that anybody asks for. */
export type Level = 1 | 2;

/** The factors that these proofs show: something known, a code from a device, and a key. */
const FACTORS: Amr[][] = [["pwd"], ["otp"], ["hwk", "swk"]];

/** All these proofs together, each once and in one order. With two factors, "mfa" is among them. */
export function combined(...proofs: readonly Amr[]): Amr[] {
  const all = new Set(proofs);
  if (countFactors(proofs) > 1) all.add("mfa");
  return AMR.filter((name) => all.has(name));
}

/** The level that these proofs reach. A passkey that checks its user is two factors by itself. */
export function levelOf(proofs: readonly Amr[]): Level {
  return countFactors(proofs) > 1 || proofs.includes("mfa") ? 2 : 1;
}

function countFactors(proofs: readonly Amr[]): number {
  const factors = FACTORS.filter((names) => names.some((name) => proofs.includes(name))).length;
  const isChecked = proofs.includes("user") && (proofs.includes("hwk") || proofs.includes("swk"));
  return factors + (isChecked ? 1 : 0);
}

/** How somebody proved who they are, in words such as "password and code". */
export function describeProof(proofs: readonly Amr[], { t }: Words): string {
  const hasKey = proofs.includes("hwk") || proofs.includes("swk");
  const known = [proofs.includes("pwd") && "password", hasKey && "passkey", proofs.includes("otp") && "code"];
  const parts = known.filter((part) => part !== false);
  if (parts.length === 0) return t("proof.unknown");
  return t(`proof.${parts.join("-") as "password-passkey-code"}`);
}
