import { toASCII, toUnicode } from "tr46";
import { hasUnseen } from "./plain-text";

/**
 * Internationalised domains, as browsers read them (UTS 46, nontransitional: ß
 * and ς stay). Hyphens and underscores may stand wherever registries let them.
 */
const IDNA = {
  checkBidi: true,
  checkJoiners: true,
  checkHyphens: false,
  useSTD3ASCIIRules: false,
  transitionalProcessing: false,
  verifyDNSLength: true,
};

/** One address and nothing else: characters that separate addresses in a mail's header have no place in it (RFC 5322 §3.4). */
const ADDRESS = /^[^\s@<>()[\],;:"\\\p{Cc}]+@[^\s@<>()[\],;:"\\\p{Cc}]+$/u;

/** The maximum length of an address as it is sent, in bytes (RFC 5321 §4.5.3.1.3). */
const LONGEST = 254;

/**
 * An email address in the one spelling by which accounts are found and stored.
 * The local part is in NFKC and lower case. The domain is in Unicode, as people
 * write it: Firefox sends 한국 as typed, Chromium as xn--3e0b707e. A text that is
 * no address comes back in one spelling, too.
 */
export function normaliseEmail(email: string): string {
  const text = email.normalize("NFKC").replace(/^[\s\p{Cf}]+|(?<![\s\p{Cf}])[\s\p{Cf}]+$/gu, "");
  const at = text.lastIndexOf("@");
  if (at < 0) return lowered(text);
  return `${lowered(text.slice(0, at))}@${parseDomain(text.slice(at + 1)) ?? lowered(text.slice(at + 1))}`;
}

/** The same of a text that has to be an address, or null. */
export function parseEmail(text: string): string | null {
  const email = normaliseEmail(text);
  const isAddress = ADDRESS.test(email) && parseDomain(domainOf(email)) !== null && !hasUnseen(localOf(email));
  return isAddress && Buffer.byteLength(mailAddress(email)) <= LONGEST ? email : null;
}

/** A domain in one spelling, in Unicode and without the dot of the root, or null for what is none. */
export function parseDomain(text: string): string | null {
  // The work on a label grows with the square of its length.
  if (text.length > LONGEST) return null;
  const ascii = toASCII(text.replace(/[.。．｡]$/, ""), IDNA);
  return ascii !== null && /^[a-z0-9._-]+$/.test(ascii) ? toUnicode(ascii, IDNA).domain : null;
}

/** A normalised address as mail servers want it: with the domain in ASCII (RFC 5891). */
export function mailAddress(email: string): string {
  return `${localOf(email)}@${toASCII(domainOf(email), IDNA) ?? domainOf(email)}`;
}

/** What stands after the @ of a normalised address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1);
}

function localOf(email: string): string {
  return email.slice(0, email.lastIndexOf("@"));
}

function lowered(text: string): string {
  return text.toLowerCase().normalize("NFKC");
}
