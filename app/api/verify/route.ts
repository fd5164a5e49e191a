import { problemFor } from "@/app/api/problem-for";
import { env } from "@/lib/env";
import { addressOf, isView, type Original } from "@/lib/forward-auth/original";
import { type Group, judge } from "@/lib/forward-auth/rules";
import { asHeader, OUTAGE_PAGE, OUTAGE_PAGE_OF_FORM, PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { loginAddress } from "@/lib/http/return-path";
import { recordRefusal } from "@/lib/ledger/refusals";
import { requestContext } from "@/lib/request-context";
import { currentClient, currentSession, recordUse } from "@/lib/session/current";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import type { User } from "@/lib/session/store/contract";
import { escaped } from "@/lib/text/escaped";
import { words } from "@/lib/words";
import { problem } from "../problem";

/**
 * Forward authentication: a proxy asks, with the headers of a request that it has
 * been sent, whether the application behind it may see that. 200 says who it
 * is, 401 where to log in, 403 that this is not for them, and 503 that nobody
 * can say. To be let in is use of the session. What the rules call public is let
 * in before anybody asks for a session, and is nobody's.
 *
 * A proxy hands some of these answers on to the browser, so to who asked for a
 * page they are one. With the query `redirect` that goes for the 401 as well,
 * and with `page` the page is also in a header, for nginx.
 */
export async function GET(request: Request): Promise<Response> {
  const { original } = requestContext();
  const rules = env().VERIFY_RULES ?? null;
  if (rules && judge(rules, original, []).isAllowed) return new Response(null, { headers: NOBODY });

  const answer = await currentSession();
  if (answer.state === "unavailable") return isForPage(request) ? outagePage(request) : problemFor(answer);
  if (answer.state !== "valid") return askToLogIn(request, answer);

  const { user } = answer;
  const verdict = judge(rules, original, groupsOf(user));
  if (!verdict.isAllowed) {
    await recordRefusal(answer, nameOf(original), await currentClient());
    return isForPage(request) ? forbiddenPage(request, user, verdict.needed) : forbidden(verdict.needed);
  }

  await recordUse(answer);
  return new Response(null, { headers: identityOf(user) });
}

/** The application that was asked for, as the ledger names it: its host, or nothing that somebody made up. */
function nameOf(original: Original | null): string {
  return /^[a-z0-9.-]{1,100}(:\d{1,5})?$/i.exec(original?.host ?? "")?.[0] ?? "an application";
}

/** An administrator is a user too. */
function groupsOf({ role }: User): Group[] {
  return role === "admin" ? ["user", "admin"] : ["user"];
}

/**
 * Who it is, for the application. All four are always there: a proxy that copies
 * them overwrites whatever the client wrote. The id is never given to anybody
 * else; an address may be.
 */
function identityOf(user: User): Record<string, string> {
  const email = headerText(user.email);
  return {
    "Remote-User": env().VERIFY_REMOTE_USER === "email" ? email : user.id,
    "Remote-Email": email,
    "Remote-Name": headerText(user.name),
    "Remote-Groups": groupsOf(user).join(","),
  };
}

const NOBODY = { "Remote-User": "", "Remote-Email": "", "Remote-Name": "", "Remote-Groups": "" };

/** A text as a header carries it: in one line, and as the bytes of its UTF-8, each of which is a letter to whoever sends it. */
function headerText(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}+/gu, " "), "utf8").toString("latin1");
}

function askToLogIn(request: Request, answer: Exclude<SessionStatus, { state: "valid" | "unavailable" }>): Response {
  const { original } = requestContext();
  const location = loginAddress(original && addressOf(original));
  if (original?.method && isForPage(request)) {
    if (!isView(original)) return formPage(request, answer, location);
    if (wants(request, "redirect")) return new Response(null, { status: 302, headers: { Location: location } });
  }

  // Without WWW-Authenticate, which the standard wants (RFC 9110 §15.5.2): a browser would ask for a password itself.
  const refused = problemFor(answer);
  refused.headers.set("Location", location);
  return refused;
}

/** In answer to a form: a redirect would lose what was typed, and the browser keeps it for when this page is loaded again. */
function formPage(
  request: Request,
  answer: Exclude<SessionStatus, { state: "valid" | "unavailable" }>,
  location: string,
): Response {
  const why = answer.state === "ended" ? explain(answer, words()) : "You are not logged in.";
  const page = plainPage({
    title: "Log in to send this",
    text: [
      `${escaped(why)} What you typed is not lost.`,
      `<a href="${env().APP_URL.origin}/login" target="_blank">Log in in another tab</a>, then reload this page: what you typed is sent again.`,
    ],
  });
  return answerPage(request, page, { status: 401, headers: { Location: location } });
}

function forbidden(needed: Group[] | null): Response {
  return problem(403, "Not allowed", `You are signed in, but this is not for you. ${describeNeed(needed)}`);
}

/** Says nothing about whether there is anything at the address. */
function forbiddenPage(request: Request, { name, email }: User, needed: Group[] | null): Response {
  const { origin } = env().APP_URL;
  const page = plainPage({
    title: "This is not for you",
    text: [
      `You are signed in as ${escaped(name)} (${escaped(email)}). ${describeNeed(needed)}`,
      `<a href="${origin}/logout">Log out</a>, to log in as somebody else, or <a href="${origin}/dashboard">go to your dashboard</a>.`,
    ],
  });
  return answerPage(request, page, { status: 403 });
}

function describeNeed(needed: Group[] | null): string {
  if (!needed) return "Its address is too long, or readers do not agree on what it means.";
  if (needed.includes("user")) return "It is for everybody with an account.";
  return needed.length > 0 ? "It is for administrators." : "No rule says whom it is for.";
}

function outagePage(request: Request): Response {
  const { original } = requestContext();
  const page = !original?.method || isView(original) ? OUTAGE_PAGE : OUTAGE_PAGE_OF_FORM;
  return answerPage(request, page, { status: 503 });
}

function answerPage(request: Request, page: string, { status, headers }: ResponseInit): Response {
  const answer = new Response(page, { status, headers: { ...PLAIN_PAGE_HEADERS, ...headers } });
  if (wants(request, "page")) answer.headers.set("Latchkey-Page", asHeader(page));
  return answer;
}

/** Whether the proxy asks for this kind of answer, in its query. */
function wants(request: Request, kind: "redirect" | "page"): boolean {
  return new URL(request.url).searchParams.has(kind);
}

/**
 * Whether a person waits for a page, and not a script for an answer. A browser
 * says which (Fetch Metadata); a script may accept `text/html` too.
 */
function isForPage({ headers }: Request): boolean {
  const [mode, to] = [headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")];
  const isNavigation = !mode || (mode === "navigate" && (!to || DOCUMENTS.includes(to)));
  return isNavigation && (headers.get("accept")?.includes("text/html") ?? false);
}

/** What a browser shows a page in. */
const DOCUMENTS = ["document", "iframe", "frame", "embed", "object"];
