import type { Answer } from "@/lib/api/problem";
import type { Answers, Unsent } from "@/lib/api/schema";
import { db } from "@/lib/db";
import { cookieOf, copyCookieName, unsealCopy } from "@/lib/session/cookie";
import { recordUse, sessionStatus } from "@/lib/session/status";
import { sessionStore } from "@/lib/session/store";
import { hashToken } from "@/lib/session/token";
import { type Asked, json } from "./asked";
import { forLoggedIn } from "./logged-in";
import { problemFor } from "./problem-for";

// The copied cookie of a demonstration: see lib/auth/demonstration.

/** The number of characters of the cookie's value that the page shows. They are no secret: the seal's version, and numbers. */
const SHOWN = 24;

/**
 * Uses the copied cookie of the user's demonstration, as a thief would. Says what the row has, or 401 once it is gone.
 * The copy of another user, whose browser this was before, is none.
 */
export const copy = forLoggedIn(async (found, { request }) => {
  const value = copyOf(request);
  const status = await sessionStatus(await unsealCopy(value));
  if (status.state !== "valid") return problemFor(status);
  if (!value || status.user.id !== found.user.id) return problemFor({ state: "signed-out" });
  await recordUse(status);

  const { handle, createdAt, lastSeenAt, totalAt } = status.session;
  const cookie = { name: copyCookieName(), start: value.slice(0, SHOWN), length: value.length };
  return json({ cookie, row: { handle, createdAt, lastSeenAt, totalAt } } satisfies Unsent<
    Answers["/api/session/copy"]
  >);
});

/** Ends the demonstration whose page is left. A log-out may have ended the user's own session before, so it needs none. */
export async function leaveCopy({ request, context }: Asked): Promise<Answer> {
  const token = await unsealCopy(copyOf(request));
  const by = { userAgent: request.headers["user-agent"] ?? null, ipAddress: context.address };
  if (token) await sessionStore().end(db(), { tokenHash: hashToken(token) }, "logged-out", by);
  return { status: 204, headers: {}, body: "" };
}

function copyOf({ headers }: Asked["request"]): string | undefined {
  return cookieOf(headers.cookie, copyCookieName());
}
