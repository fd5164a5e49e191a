// What the server says to browsers about bound sessions: W3C, Device Bound Session Credentials.

import { env } from "@/lib/env";
import { PROOF_ATTRIBUTES, proofCookieName } from "@/lib/session/cookie";
import { ALGORITHMS } from "./signature";

/** The addresses to which browsers send their key, and later proofs that they have it. */
export const BIND = "/session/bind";
export const PROVE = "/session/prove";

/** Paths for which a browser needs no proof, so that they never wait for one. */
const WITHOUT_PROOF = ["/_next/static", "/icon.svg", "/favicon.ico", "/apple-icon.png", "/brand/logo"];

/**
 * The name of the binding in the browser. It is the same for all sessions of this host, so that a log-in replaces the
 * binding of the session before. Browsers keep names by site, so it contains the host.
 */
export function bindingName(): string {
  return `latchkey/${env().APP_URL.host}`;
}

/** The value of the header with which the answer to a log-in asks the browser to register a key. */
export function registrationHeader(challenge: string): string {
  return `(${ALGORITHMS.join(" ")});path="${BIND}";challenge="${challenge}"`;
}

/** The value of the header with the challenge that the browser signs next. */
export function challengeHeader(challenge: string): string {
  return `"${challenge}";id="${bindingName()}"`;
}

/** The `Set-Cookie` value of a proof. */
export function proofCookie(value: string, maxAge: number): string {
  return `${proofCookieName()}=${value}; Max-Age=${maxAge}; ${PROOF_ATTRIBUTES}`;
}

/** What a browser needs to know to keep its proof fresh. A wrong attribute would make it sign for every request. */
export function instructions(): object {
  return {
    session_identifier: bindingName(),
    refresh_url: PROVE,
    scope: {
      include_site: false,
      scope_specification: WITHOUT_PROOF.map((path) => ({ type: "exclude", path })),
    },
    credentials: [{ type: "cookie", name: proofCookieName(), attributes: PROOF_ATTRIBUTES }],
  };
}

/** Makes a browser forget the binding with this name. */
export function forgetting(name: string): object {
  return { session_identifier: name, continue: false };
}
