// A link on another site may not make a browser prove its session: the page is then requested with the session's cookie
// and without a fresh proof. A page of our own that leads on to the same address may.

import type { IncomingMessage, ServerResponse } from "node:http";
import { env } from "@/lib/env";
import { PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { isFile, isForSoftware } from "@/lib/http/target";
import type { RequestContext } from "@/lib/request-context";
import { PROOF_ATTRIBUTES, proofCookieName } from "@/lib/session/cookie";
import { isBindingOn } from "@/lib/session/dbsc/on";
import { peekEarly } from "@/lib/session/status";
import { escaped } from "@/lib/text/escaped";
import { isDocument } from "./kinds";
import { wordsOf } from "./reject";

/** Whether a visitor comes from another site to a page. */
export function isArrival(request: IncomingMessage, path: string): boolean {
  const { headers, method } = request;
  return (
    method === "GET" &&
    /^(cross|same)-site$/.test(String(headers["sec-fetch-site"])) &&
    headers["sec-fetch-dest"] === "document" &&
    isDocument(request) &&
    !isFile(path) &&
    !isForSoftware(path)
  );
}

/** Whether a visitor comes from another site to a page, in a bound session without a fresh proof. */
export async function arrivesUnproven(context: RequestContext, token: string): Promise<boolean> {
  return context.isArrival && isBindingOn() && (await peekEarly(context, token)).state === "unproven";
}

/** Leads on to the same address. The browser then asks for it as from a page of ours, so this happens once. */
export function goOn(response: ServerResponse, context: RequestContext): void {
  const words = wordsOf(context);
  const text = [escaped(words.t("bindingPage.oneMoment"))];
  response.appendHeader("Set-Cookie", `${proofCookieName()}=; Max-Age=0; ${PROOF_ATTRIBUTES}`);
  // With the origin, because a path that begins with two slashes would lead to another host.
  const refresh = `0; url=${env().APP_URL.origin}${context.url}`;
  response.writeHead(200, { ...PLAIN_PAGE_HEADERS, Refresh: refresh });
  response.end(plainPage(words, { title: words.t("bindingPage.oneMomentTitle"), text }));
}
