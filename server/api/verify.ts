import type { IncomingMessage } from "node:http";
import { type Answer, problem } from "@/lib/api/problem";
import { env } from "@/lib/env";
import { addressOf, isView, type Original } from "@/lib/forward-auth/original";
import { type Group, judge } from "@/lib/forward-auth/rules";
import { inHtml } from "@/lib/http/in-html";
import { leadingTo } from "@/lib/http/leading-to";
import { asHeader, outagePage, PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import { loginAddress, nextAddress } from "@/lib/http/return-path";
import type { Words } from "@/lib/i18n/words";
import { recordRefusal } from "@/lib/ledger/refusals";
import { explain } from "@/lib/session/ending";
import { mustEnrol } from "@/lib/session/policy";
import { recordUse, requestedSession, type SessionStatus } from "@/lib/session/status";
import type { User } from "@/lib/session/store/contract";
import { escaped } from "@/lib/text/escaped";
import { ENGLISH, words } from "@/lib/words";
import { type Asked, parametersOf } from "./asked";
import { problemFor } from "./problem-for";

/**
 * Forward authentication: a proxy sends the headers of a request, and the response says
 * whether the application behind it may receive that request. 200 names the user, 401 the
 * log-in page, or the page for the second factor that a rule demands, 403 means that the user is not allowed, and 503 that the server cannot say.
 * An allowed request counts as use of the session. A request that a rule makes public is
 * allowed before its session is looked up, without an identity.
 *
 * Proxies pass some of these responses on to the browser, so a request for a page gets an
 * HTML page. With the query `redirect`, the 401 becomes a redirect. With `page`, the page
 * is also in a header, for nginx.
 */
export async function verify(asked: Asked): Promise<Answer> {
  const { request, context, token } = asked;
  const { original, address: ipAddress } = context;
  const rules = env().VERIFY_RULES ?? null;
  if (rules && judge(rules, original, []).isAllowed) return { status: 200, headers: NOBODY, body: "" };

  const found = await requestedSession(context, token);
  if (found.state === "unavailable") return isForPage(request) ? unavailablePage(asked) : problemFor(found);
  if (found.state !== "valid") return askToLogIn(asked, found);

  const { user, session } = found;
  if (mustEnrol(found)) return askFor(asked, "enrol");
  const verdict = judge(rules, original, groupsOf(user), session.level);
  if (!verdict.isAllowed && verdict.needsSecondFactor)
    return askFor(asked, found.hasSecondFactor ? "confirm" : "enrol");
  if (!verdict.isAllowed) {
    await recordRefusal(found, nameOf(original), { ipAddress, userAgent: request.headers["user-agent"] ?? null });
    return isForPage(request) ? forbiddenPage(asked, user, verdict.needed) : forbidden(verdict.needed);
  }

  await recordUse(found);
  return { status: 200, headers: identityOf(user), body: "" };
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

type LoggedOut = Exclude<SessionStatus, { state: "valid" | "unavailable" }>;

function askToLogIn(asked: Asked, status: LoggedOut): Answer {
  const { original } = asked.context;
  const location = loginAddress(original && addressOf(original));
  if (original?.method && isForPage(asked.request)) {
    if (!isView(original)) return formPage(asked, status, location);
    if (wants(asked, "redirect")) return { status: 302, headers: { Location: location }, body: "" };
  }

  // RFC 9110 §15.5.2 requires WWW-Authenticate here, but it would make browsers show a password prompt.
  const refused = problemFor(status);
  return { ...refused, headers: { ...refused.headers, Location: location } };
}

/**
 * The response to a user who has to prove a second factor for this, or to add one. It is the same as to a visitor who
 * has to log in, with the address of another page, which leads back as well.
 */
function askFor(asked: Asked, what: "confirm" | "enrol"): Answer {
  const { original } = asked.context;
  const page = what === "confirm" ? "/confirm?second-factor" : "/account/security";
  const location = env().APP_URL.origin + leadingTo(page, nextAddress(original && addressOf(original)));
  if (original?.method && isForPage(asked.request)) {
    if (!isView(original)) return answerPage(asked, secondFactorPage(location), 401, { Location: location });
    if (wants(asked, "redirect")) return { status: 302, headers: { Location: location }, body: "" };
  }
  const refused = problem(
    401,
    "Second factor required",
    "You are logged in, but have to prove a second factor for this.",
  );
  return { ...refused, headers: { ...refused.headers, Location: location } };
}

/** The response to a form, as when nobody is logged in: reloading this page makes the browser send it again. */
function secondFactorPage(location: string): string {
  const said = words();
  const link = (parts: string) => `<a href="${escaped(location)}" target="_blank">${parts}</a>`;
  return plainPage(said, {
    title: said.t("plain.secondFactor"),
    text: [escaped(said.t("plain.secondFactorWhy")), inHtml(said, "plain.secondFactorThenSend", { link })],
  });
}

/** The response to a form. A redirect would lose its content, but reloading this page makes the browser send it again. */
function formPage(asked: Asked, status: LoggedOut, location: string): Answer {
  const said = words();
  const { t } = said;
  const why = status.state === "ended" ? t("plain.ended", { why: explain(status, said) }) : t("plain.notLoggedIn");
  const link = (parts: string) => `<a href="${env().APP_URL.origin}/login" target="_blank">${parts}</a>`;
  const page = plainPage(said, {
    title: t("plain.logInToSend"),
    text: [escaped(why), inHtml(said, "plain.sendAgain", { link })],
  });
  return answerPage(asked, page, 401, { Location: location });
}

function forbidden(needed: Group[] | null): Answer {
  return problem(403, "Not allowed", `You are logged in, but have no access to this. ${describeNeed(needed, ENGLISH)}`);
}

/** The 403 page. It does not reveal whether the address exists. */
function forbiddenPage(asked: Asked, { name, email }: User, needed: Group[] | null): Answer {
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
  return answerPage(asked, page, 403);
}

function describeNeed(needed: Group[] | null, { t }: Words): string {
  if (!needed) return t("plain.needUnclear");
  if (needed.includes("user")) return t("plain.needUser");
  return needed.length > 0 ? t("plain.needAdmin") : t("plain.needNoRule");
}

function unavailablePage(asked: Asked): Answer {
  const { original } = asked.context;
  return answerPage(asked, outagePage(words(), !original?.method || isView(original) ? "view" : "form"), 503);
}

function answerPage(asked: Asked, page: string, status: number, headers: Record<string, string> = {}): Answer {
  const named = wants(asked, "page") && { "Latchkey-Page": asHeader(page) };
  return { status, headers: { ...PLAIN_PAGE_HEADERS, ...headers, ...named }, body: page };
}

/** Whether the proxy's query asks for this kind of response. */
function wants(asked: Asked, kind: "redirect" | "page"): boolean {
  return parametersOf(asked).has(kind);
}

/**
 * Whether the request is a user's navigation to a page, not a script's request. Browsers
 * tell by Fetch Metadata. `Accept` alone is not enough, because scripts may accept `text/html`, too.
 */
function isForPage({ headers }: IncomingMessage): boolean {
  const [mode, to] = [headers["sec-fetch-mode"], String(headers["sec-fetch-dest"] ?? "")];
  const isNavigation = !mode || (mode === "navigate" && (!to || DOCUMENTS.includes(to)));
  return isNavigation && (headers.accept?.includes("text/html") ?? false);
}

/** The values of Sec-Fetch-Dest for pages. */
const DOCUMENTS = ["document", "iframe", "frame", "embed", "object"];
