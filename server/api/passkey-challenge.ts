import { type Answer, problem } from "@/lib/api/problem";
import type { PasskeyChallenge } from "@/lib/api/schema";
import { startLogIn } from "@/lib/auth/passkeys/challenge-to-log-in";
import { cookieOf, trialCookieName, trialIn } from "@/lib/session/cookie";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { type Asked, json } from "./asked";
import { OUTAGE } from "./problem-for";

const FOREIGN = problem(403, "Forbidden", "Only our own pages may ask for a challenge.");
const BUSY = problem(429, "Too many requests", "This network has asked for too many challenges.");

/** A challenge for the passkeys of anybody, bound to this browser. The log-in page asks for it, and no other site may. */
export async function passkeyChallenge({ request, context, token }: Asked): Promise<Answer> {
  const { cookie, "sec-fetch-site": site = "same-origin" } = request.headers;
  if (site !== "same-origin") return FOREIGN;

  const browser = trialIn(cookieOf(cookie, trialCookieName())) ?? token;
  const outcome = await startLogIn(browser, context.address);
  if (isTryLater(outcome)) return outcome.state === "throttled" ? BUSY : OUTAGE;
  return json({ options: outcome.options } satisfies PasskeyChallenge);
}
