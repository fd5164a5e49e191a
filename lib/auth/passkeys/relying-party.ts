import { isIP } from "node:net";
import { env } from "@/lib/env";

// The site that passkeys are for. A browser offers a passkey only to pages below the host for which it was made.

/** The host for which passkeys are made: that of APP_URL. Another APP_URL makes them useless (WebAuthn, RP ID). */
export function rpId(): string {
  return env().APP_URL.hostname;
}

/** The origin that browsers report in their responses. */
export function rpOrigin(): string {
  return env().APP_URL.origin;
}

/** Whether passkeys can be used at this address. Browsers make none for an IP address (WebAuthn §5.1.3, step 8). */
export function hasPasskeys(): boolean {
  return isIP(rpId().replace(/^\[|\]$/g, "")) === 0;
}

/** The id by which a passkey names its owner: the bytes of the user's id. */
export function userHandleOf(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(userId.replaceAll("-", ""), "hex"));
}
