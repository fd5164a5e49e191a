"use server";

import { redirect } from "next/navigation";
import { type Hindrance, isHindrance, unlessHindered } from "@/lib/auth/attempt";
import { hasRecentPassword } from "@/lib/auth/confirm";
import { HANDLE, LABEL, parseFields } from "@/lib/auth/fields";
import { transaction } from "@/lib/db";
import { recordForeignHandle } from "@/lib/ledger/refusals";
import { currentWhence, dropCookie, requireSession, sayingOnce } from "@/lib/session/current";
import { dropConfirmation, endSessionsOf, type Found, nameSession, revokeSession } from "@/lib/session/store";

/** What came of an act on a session: what hinders it, what it needs first, or what was done. */
export type SessionsState = { hindrance?: Hindrance; needs?: "password"; done?: string; error?: string };

const NOT_FOUND = "There is no such session. It may have ended already.";

export async function revoke(form: FormData): Promise<SessionsState> {
  const found = await requireSession();
  const parsed = parseFields(form, { handle: HANDLE });
  if ("errors" in parsed) return { error: NOT_FOUND };
  if (!(await hasRecentPassword(found))) return { needs: "password" };

  const { handle } = parsed.fields;
  const by = { userId: found.user.id, ...(await currentWhence()) };
  const outcome = await unlessHindered(async () => {
    const isEnded = await transaction((tx) => revokeSession(tx, { userId: found.user.id, handle }, by));
    if (!isEnded) await recordForeignHandle(found, handle, by);
    return { state: isEnded ? ("ended" as const) : ("not-found" as const) };
  });
  if (isHindrance(outcome)) return { hindrance: outcome };
  return outcome.state === "ended" ? { done: "That browser is signed out." } : { error: NOT_FOUND };
}

export async function revokeOthers(): Promise<SessionsState> {
  const found = await requireSession();
  if (!(await hasRecentPassword(found))) return { needs: "password" };

  const outcome = await endAll(found, { except: found.session.handle });
  if (isHindrance(outcome)) return { hindrance: outcome };
  if (outcome.ended === 0) return { done: "No other browser was signed in." };
  return { done: outcome.ended === 1 ? "One browser is signed out." : `${outcome.ended} browsers are signed out.` };
}

export async function revokeAll(): Promise<SessionsState> {
  const found = await requireSession();
  if (!(await hasRecentPassword(found))) return { needs: "password" };

  const outcome = await endAll(found, { except: null });
  if (isHindrance(outcome)) return { hindrance: outcome };
  await dropCookie();
  redirect(await sayingOnce("/login", "logged-out"));
}

export async function rename(_previous: SessionsState, form: FormData): Promise<SessionsState> {
  const found = await requireSession();
  const parsed = parseFields(form, { handle: HANDLE, name: LABEL });
  if ("errors" in parsed) return { error: parsed.errors.name ?? NOT_FOUND };

  const { handle, name } = parsed.fields;
  const outcome = await unlessHindered(async () => {
    const isNamed = await nameSession({ userId: found.user.id, handle }, name || null);
    if (!isNamed) await recordForeignHandle(found, handle, await currentWhence());
    return { state: isNamed ? ("named" as const) : ("not-found" as const) };
  });
  if (isHindrance(outcome)) return { hindrance: outcome };
  return outcome.state === "named" ? { done: "The name is saved." } : { error: NOT_FOUND };
}

/** Lets the password count as entered recently no more. */
export async function forgetConfirmation(): Promise<SessionsState> {
  const { session } = await requireSession();
  await dropConfirmation(session.handle);
  return { done: "The next sensitive act asks for your password again." };
}

/** Ends the sessions of who asks, except for one, if any. */
async function endAll({ user }: Found, { except }: { except: string | null }) {
  const by = { userId: user.id, ...(await currentWhence()) };
  return unlessHindered(async () => {
    const ended = await transaction((tx) => endSessionsOf(tx, { userId: user.id, except }, "revoked", by));
    return { state: "ended" as const, ended };
  });
}
