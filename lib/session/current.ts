import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { loginPath } from "@/lib/auth/next-path";
import { isOutage, Outage } from "@/lib/db";
import { requestContext } from "@/lib/http/context";
import { cookieAttributes, cookieName, expiredCookie, seal, unseal } from "./cookie";
import { needsTouch, outlived } from "./policy";
import { createSession, endSession, type Found, findSession, touchSession } from "./store";

/** What is known of the browser that asks. Three answers that never blur, and one for who brought no session. */
export type Answer =
  | ({ state: "valid"; token: string } & Found)
  | { state: "ended"; reason: "idle" | "expired" | "disabled" | "unknown" }
  | { state: "signed-out" }
  | { state: "unavailable" };

/**
 * Whether this browser is signed in, and as whom. The database is asked once a
 * request, however often this is called. Sets no cookie.
 */
export const currentSession = cache(async (): Promise<Answer> => {
  const token = await currentToken();
  if (!token) return { state: "signed-out" };

  try {
    const found = await findSession(token);
    if (!found) return { state: "ended", reason: "unknown" };
    if (found.disabled) return { state: "ended", reason: "disabled" };

    const reason = outlived(found.session, found.now);
    return reason ? { state: "ended", reason } : { state: "valid", token, ...found };
  } catch (error) {
    if (isOutage(error)) return { state: "unavailable" };
    throw error;
  }
});

/**
 * The guard: the first line of every page and action that is not public.
 *
 * Returns the session and counts this request as its use. Who is not signed in
 * is sent to the log-in page and back afterwards. Throws an Outage when nobody
 * can say, which the server answers with a 503.
 */
export async function requireSession(): Promise<Found> {
  const answer = await currentSession();

  switch (answer.state) {
    case "valid":
      if (needsTouch(answer.session, answer.now)) await touchSession(answer.token, answer);
      return answer;
    case "ended":
    case "signed-out":
      return redirect(loginPath(requestContext().url));
    case "unavailable":
      throw new Outage("The database does not answer");
  }
}

/** Signs this browser in as the user, with a new token, whatever it carried before. Throws an Outage. */
export async function startSession(
  user: { id: string },
  { publicComputer }: { publicComputer: boolean },
): Promise<void> {
  const token = await createSession(user, {
    publicComputer,
    userAgent: (await headers()).get("user-agent"),
    ipAddress: requestContext().address,
    previousToken: await currentToken(),
  });
  (await cookies()).set(cookieName(), await seal(token), cookieAttributes({ publicComputer }));
}

/**
 * Signs this browser out: first the row is deleted, then the cookie overwritten.
 * Throws an Outage before the cookie is touched.
 */
export async function endCurrentSession(): Promise<void> {
  const token = await currentToken();
  if (token) await endSession(token);
  (await cookies()).set(expiredCookie());
}

async function currentToken(): Promise<string | null> {
  return unseal((await cookies()).get(cookieName())?.value);
}
