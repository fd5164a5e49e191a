import type { Client } from "@/lib/http/client";
import { isMacOf, macOf } from "@/lib/session/mac";
import { hashToken } from "@/lib/session/token";
import type { Shown } from "./rule";

// The rotation cookie stands beside the session cookie and logs nobody in. A response that arrives after a log-out or a
// log-in is about another token: it brings nothing back, and takes nothing away.

/** The number of characters that name a client. */
const CLIENT = 11;

/** Names a client by its address and user agent. */
export function clientName({ ipAddress, userAgent }: Client): string {
  return macOf("client", [ipAddress ?? "", userAgent ?? ""]).slice(0, CLIENT);
}

/**
 * The value of the rotation cookie for a generation of a session. A client always gets the same value, and different
 * clients get different ones, as far as address and user agent tell.
 */
export function rotationCookieValue(token: string, generation: number, its: Client): string {
  const client = clientName(its);
  return `${generation}.${client}.${macOf("generation", [textOf(token), generation, client])}`;
}

/** The generation that a rotation cookie shows: 0 without a cookie, or with that of another token. */
export function shownGeneration(value: string | null, token: string): Shown {
  const [generation = "", client = "", mac = ""] = value?.split(".") ?? [];
  const isOurs = isMacOf(mac, "generation", [textOf(token), Number(generation), client]);
  return isOurs ? { generation: Number(generation), client } : { generation: 0, client: null };
}

function textOf(token: string): string {
  return Buffer.from(hashToken(token)).toString("base64url");
}
