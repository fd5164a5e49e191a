import { toASCII, toUnicode } from "tr46";
import { hasUnseen } from "./plain-text";

/**
 * Internationalised domains as browsers read them (UTS 46, nontransitional: ß and ς stay). Hyphens
 * and underscores may stand wherever registries allow them.
 */
const IDNA = {
  checkBidi: true,
  checkJoiners: true,
  checkHyphens: false,
  useSTD3ASCIIRules: false,
  transitionalProcessing: false,
  verifyDNSLength: true,
};

/**
 * Exactly one address. Characters that separate addresses in the header of an email are not allowed
 * (RFC 5322 §3.4).
 */
const ADDRESS = /^[^\s@<>()[\],;:"\\\p{Cc}]+@[^\s@<>()[\],;:"\\\p{Cc}]+$/u;

/** The maximum length of an address as sent, in bytes (RFC 5321 §4.5.3.1.3). */
const LONGEST = 254;

/**
 * Normalises an email address to the one spelling by which accounts are found and stored. The local
 * part becomes NFKC in lower case. The domain becomes Unicode, as people write it: Firefox sends 한국
 * as typed, Chromium as xn--3e0b707e. A text that is not an address is normalised, too.
 */
export function normaliseEmail(email: string): string {
  const text = email.normalize("NFKC").replace(/^[\s\p{Cf}]+|(?<![\s\p{Cf}])[\s\p{Cf}]+$/gu, "");
  const at = text.lastIndexOf("@");
  if (at < 0) return lowered(text);
  return `${lowered(text.slice(0, at))}@${parseDomain(text.slice(at + 1)) ?? lowered(text.slice(at + 1))}`;
}

/** Normalises an email address, or returns null for a text that is not one. */
export function parseEmail(text: string): string | null {
  const email = normaliseEmail(text);
  const isAddress = ADDRESS.test(email) && parseDomain(domainOf(email)) !== null && !hasUnseen(localOf(email));
  return isAddress && Buffer.byteLength(mailAddress(email)) <= LONGEST ? email : null;
}

/** Normalises a domain to Unicode, without the dot of the root. Null for a text that is not a domain. */
export function parseDomain(text: string): string | null {
  // The time for a label grows with the square of its length.
  if (text.length > LONGEST) return null;
  const ascii = toASCII(text.replace(/[.\u3002\uff0e\uff61]$/, ""), IDNA);
  return ascii !== null && /^[a-z0-9._-]+$/.test(ascii) ? toUnicode(ascii, IDNA).domain : null;
}

/** A normalised address in the form for mail servers: with the domain in ASCII (RFC 5891). */
export function mailAddress(email: string): string {
  return `${localOf(email)}@${toASCII(domainOf(email), IDNA) ?? domainOf(email)}`;
}

/** The domain of a normalised address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1);
}

function localOf(email: string): string {
  return email.slice(0, email.lastIndexOf("@"));
}

function lowered(text: string): string {
  return text.toLowerCase().normalize("NFKC");
}
