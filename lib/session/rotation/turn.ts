import type { Client } from "@/lib/http/client";
import { isMacOf, macOf } from "@/lib/session/mac";
import { hashToken } from "@/lib/session/token";
import type { Shown } from "./rule";

// The cookie with a turn stands beside the session cookie and logs nobody in. So an answer that arrives after a log-out or
// a log-in brings back nothing, and takes nothing away: it is about another token.

/** The number of characters that name a client. */
const CLIENT = 11;

/**
 * The value of the cookie with this turn of a session. The same client always gets the same one, and different clients
 * get different ones, as far as address and user agent tell.
 */
export function turnCookieValue(token: string, turn: number, { ipAddress, userAgent }: Client): string {
  const client = macOf("client", [ipAddress ?? "", userAgent ?? ""]).slice(0, CLIENT);
  return `${turn}.${client}.${macOf("turn", [textOf(token), turn, client])}`;
}

/** The turn that a cookie's value shows. It is turn 0 without a cookie, or with one of another token. */
export function shownTurn(value: string | null, token: string): Shown {
  const [turn = "", client = "", mac = ""] = value?.split(".") ?? [];
  const isOurs = isMacOf(mac, "turn", [textOf(token), Number(turn), client]);
  return isOurs ? { turn: Number(turn), client } : { turn: 0, client: null };
}

function textOf(token: string): string {
  return Buffer.from(hashToken(token)).toString("base64url");
}
