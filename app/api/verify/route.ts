import { loginAddress } from "@/lib/auth/next-path";
import { type Group, judge } from "@/lib/auth/verify-rules";
import { env } from "@/lib/env";
import { requestContext } from "@/lib/http/context";
import { escaped } from "@/lib/http/escaped";
import { addressOf } from "@/lib/http/original";
import { OUTAGE_PAGE, PLAIN_PAGE_HEADERS, plainPage } from "@/lib/http/plain-page";
import type { Answer } from "@/lib/session/answer";
import { currentSession, recordUse } from "@/lib/session/current";
import type { User } from "@/lib/session/store";
import { problem } from "../problem";
import { refusal } from "../refusal";

/**
 * Forward authentication: a proxy asks, with the headers of a request that it has
 * been sent, whether the application behind it may see that. 200 says who it
 * is, 401 where to log in, 403 that this is not for them, and 503 that nobody
 * can say. To be let in is use of the session.
 *
 * A proxy hands some of these answers on to the browser, so to who asked for a
 * page they are one. With the query `redirect` that goes for the 401 as well.
 */
export async function GET(request: Request): Promise<Response> {
  const answer = await currentSession();
  if (answer.state === "unavailable") return isForPage(request) ? outagePage() : refusal(answer);
  if (answer.state !== "valid") return askToLogIn(request, answer);

  const { user } = answer;
  const verdict = judge(env().VERIFY_RULES ?? null, requestContext().original, groupsOf(user));
  if (!verdict.isAllowed) return isForPage(request) ? forbiddenPage(user, verdict.needed) : forbidden(verdict.needed);

  await recordUse(answer);
  return new Response(null, { headers: identityOf(user) });
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
  return {
    "Remote-User": user.id,
    "Remote-Email": headerText(user.email),
    "Remote-Name": headerText(user.name),
    "Remote-Groups": groupsOf(user).join(","),
  };
}

/** A text as a header carries it: in one line, and as the bytes of its UTF-8, each of which is a letter to whoever sends it. */
function headerText(text: string): string {
  return Buffer.from(text.replace(/\p{Cc}+/gu, " "), "utf8").toString("latin1");
}

function askToLogIn(request: Request, answer: Exclude<Answer, { state: "valid" | "unavailable" }>): Response {
  const { original } = requestContext();
  const location = loginAddress(original && addressOf(original));
  const isView = original !== null && /^(GET|HEAD)$/.test(original.method);
  const isRedirect = isView && isForPage(request) && new URL(request.url).searchParams.has("redirect");
  if (isRedirect) return new Response(null, { status: 302, headers: { Location: location } });

  // Without WWW-Authenticate, which the standard wants (RFC 9110 §15.5.2): a browser would ask for a password itself.
  const refused = refusal(answer);
  refused.headers.set("Location", location);
  return refused;
}

function forbidden(needed: Group[]): Response {
  return problem(403, "Not allowed", `You are signed in, but this is not for you. ${describeNeed(needed)}`);
}

/** Says nothing about whether there is anything at the address. */
function forbiddenPage({ name, email }: User, needed: Group[]): Response {
  const { origin } = env().APP_URL;
  const page = plainPage({
    title: "This is not for you",
    text: [
      `You are signed in as ${escaped(name)} (${escaped(email)}). ${describeNeed(needed)}`,
      `<a href="${origin}/logout">Log out</a>, to log in as somebody else, or <a href="${origin}/dashboard">go to your dashboard</a>.`,
    ],
  });
  return new Response(page, { status: 403, headers: PLAIN_PAGE_HEADERS });
}

function describeNeed(needed: Group[]): string {
  if (needed.includes("user")) return "It is for everybody with an account.";
  return needed.length > 0 ? "It is for administrators." : "No rule says whom it is for.";
}

function outagePage(): Response {
  return new Response(OUTAGE_PAGE, { status: 503, headers: PLAIN_PAGE_HEADERS });
}

/** Whether a person waits for a page, and not a script for an answer. */
function isForPage(request: Request): boolean {
  return request.headers.get("accept")?.includes("text/html") ?? false;
}
