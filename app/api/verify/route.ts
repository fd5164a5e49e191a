import { problemFor } from "@/app/api/problem-for";
import { env } from "@/lib/env";
import { addressOf, isView, type Original } from "@/lib/forward-auth/original";
import { type Group, judge } from "@/lib/forward-auth/rules";
import { inHtml } from "@/lib/http/in-html";
import { asHeader, outagePage, PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { loginAddress } from "@/lib/http/return-path";
import type { Words } from "@/lib/i18n/words";
import { recordRefusal } from "@/lib/ledger/refusals";
import { requestContext } from "@/lib/request-context";
import { currentClient, currentSession, recordUse } from "@/lib/session/current";
import { explain } from "@/lib/session/ending";
import type { SessionStatus } from "@/lib/session/status";
import type { User } from "@/lib/session/store/contract";
import { escaped } from "@/lib/text/escaped";
import { ENGLISH, words } from "@/lib/words";
import { problem } from "../problem";

/**
 * Forward authentication: a proxy sends the headers of a request, and the response says
 * whether the application behind it may receive that request. 200 names the user, 401 the
 * log-in page, 403 means that the user is not allowed, and 503 that the server cannot say.
 * An allowed request counts as use of the session. A request that a rule makes public is
 * allowed before its session is looked up, without an identity.
 *
 * Proxies pass some of these responses on to the browser, so a request for a page gets an
 * HTML page. With the query `redirect`, the 401 becomes a redirect. With `page`, the page
 * is also in a header, for nginx.
 */
export async function GET(request: Request): Promise<Response> {
  const { original } = requestContext();
  const rules = env().VERIFY_RULES ?? null;
  if (rules && judge(rules, original, []).isAllowed) return new Response(null, { headers: NOBODY });

  const answer = await currentSession();
  if (answer.state === "unavailable") return isForPage(request) ? unavailablePage(request) : problemFor(answer);
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

/** The application's name for the ledger: its host, or a fixed text if the host is malformed. */
function nameOf(original: Original | null): string {
  return /^[a-z0-9.-]{1,100}(:\d{1,5})?$/i.exec(original?.host ?? "")?.[0] ?? "an application";
}

/** The user's groups. An administrator is a user, too. */
function groupsOf({ role }: User): Group[] {
  return role === "admin" ? ["user", "admin"] : ["user"];
}

/**
 * The headers that identify the user to the application. All four are always present,
 * so a proxy that copies them overwrites a client's own. Ids are never reused for
 * another user; email addresses may be.
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

/** A text for a header: in one line, as UTF-8 bytes in a Latin-1 string, which is how Node.js writes headers. */
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

  // RFC 9110 §15.5.2 requires WWW-Authenticate here, but it would make browsers show a password prompt.
  const refused = problemFor(answer);
  refused.headers.set("Location", location);
  return refused;
}

/** The response to a form. A redirect would lose its content, but reloading this page makes the browser send it again. */
function formPage(
  request: Request,
  answer: Exclude<SessionStatus, { state: "valid" | "unavailable" }>,
  location: string,
): Response {
  const said = words();
  const { t } = said;
  const why = answer.state === "ended" ? t("plain.ended", { why: explain(answer, said) }) : t("plain.notLoggedIn");
  const link = (parts: string) => `<a href="${env().APP_URL.origin}/login" target="_blank">${parts}</a>`;
  const page = plainPage(said, {
    title: t("plain.logInToSend"),
    text: [escaped(why), inHtml(said, "plain.sendAgain", { link })],
  });
  return answerPage(request, page, { status: 401, headers: { Location: location } });
}

function forbidden(needed: Group[] | null): Response {
  return problem(403, "Not allowed", `You are logged in, but have no access to this. ${describeNeed(needed, ENGLISH)}`);
}

/** The 403 page. It does not reveal whether the address exists. */
function forbiddenPage(request: Request, { name, email }: User, needed: Group[] | null): Response {
  const { origin } = env().APP_URL;
  const said = words();
  const linkTo = (path: string) => (parts: string) => `<a href="${origin}${path}">${parts}</a>`;
  const page = plainPage(said, {
    title: said.t("plain.notForYou"),
    text: [
      escaped(said.t("plain.signedInAs", { name, email, need: describeNeed(needed, said) })),
      inHtml(said, "plain.otherAccount", { out: linkTo("/logout"), dashboard: linkTo("/dashboard") }),
    ],
  });
  return answerPage(request, page, { status: 403 });
}

function describeNeed(needed: Group[] | null, { t }: Words): string {
  if (!needed) return t("plain.needUnclear");
  if (needed.includes("user")) return t("plain.needUser");
  return needed.length > 0 ? t("plain.needAdmin") : t("plain.needNoRule");
}

function unavailablePage(request: Request): Response {
  const { original } = requestContext();
  const page = outagePage(words(), !original?.method || isView(original) ? "view" : "form");
  return answerPage(request, page, { status: 503 });
}

function answerPage(request: Request, page: string, { status, headers }: ResponseInit): Response {
  const answer = new Response(page, { status, headers: { ...PLAIN_PAGE_HEADERS, ...headers } });
  if (wants(request, "page")) answer.headers.set("Latchkey-Page", asHeader(page));
  return answer;
}

/** Whether the proxy's query asks for this kind of response. */
function wants(request: Request, kind: "redirect" | "page"): boolean {
  return new URL(request.url).searchParams.has(kind);
}

/**
 * Whether the request is a user's navigation to a page, not a script's request. Browsers
 * tell by Fetch Metadata. `Accept` alone is not enough, because scripts may accept `text/html`, too.
 */
function isForPage({ headers }: Request): boolean {
  const [mode, to] = [headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")];
  const isNavigation = !mode || (mode === "navigate" && (!to || DOCUMENTS.includes(to)));
  return isNavigation && (headers.get("accept")?.includes("text/html") ?? false);
}

/** The values of Sec-Fetch-Dest for pages. */
const DOCUMENTS = ["document", "iframe", "frame", "embed", "object"];
