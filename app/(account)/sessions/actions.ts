"use server";

import { randomUUID } from "node:crypto";
import { refresh } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { ANYTHING, HANDLE, LABEL, parseFields, parseRepeated } from "@/lib/forms/fields";
import { clearSessionCookie, currentClient, requireSession, sayingOnce } from "@/lib/session/current";
import { endChosenSessions, endOwnSessions, nameOwnSession } from "@/lib/session/own";
import { sessionStore } from "@/lib/session/store";
import type { ActiveSession } from "@/lib/session/store/contract";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** Logs out the chosen devices of the user. This device stays, even if it is among them. */
export async function revoke(form: FormData): Promise<FormState> {
  const found = await requireSession();
  const { t } = words();
  const handles = parseRepeated(form, "handle", HANDLE);
  if (!handles) return { errors: { form: t("sessionsActions.notFound") } };
  if (handles.length === 0) return { errors: { form: t("sessionsActions.noneSelected") } };
  if (!(await hasRecentAuthentication(found))) return { needs: "reauthentication" };

  const receipt = randomUUID();
  const outcome = await orTryLater(async () => ({
    state: "ended" as const,
    ended: await endChosenSessions(found, handles, { ...(await currentClient()), receipt }),
  }));
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  const { ended } = outcome;
  return ended > 0
    ? { done: t("sessionsActions.signedOut", { count: ended }), receipt: { id: receipt, sessions: ended } }
    : { errors: { form: t("sessionsActions.notFound") } };
}

export async function revokeOthers(): Promise<FormState> {
  const found = await requireSession();
  if (!(await hasRecentAuthentication(found))) return { needs: "reauthentication" };

  const receipt = randomUUID();
  const outcome = await endAll(found, { except: found.session.handle, receipt });
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  const { ended } = outcome;
  const done = words().t("sessionsActions.othersSignedOut", { count: ended });
  return { done, ...(ended > 0 && { receipt: { id: receipt, sessions: ended } }) };
}

export async function revokeAll(): Promise<FormState> {
  const found = await requireSession();
  if (!(await hasRecentAuthentication(found))) return { needs: "reauthentication" };

  const outcome = await endAll(found, { except: null });
  if (isTryLater(outcome)) return { tryLater: outcome };
  await clearSessionCookie();
  redirect(await sayingOnce("/login", "logged-out"));
}

export async function rename(_previous: FormState, form: FormData): Promise<FormState> {
  const found = await requireSession();
  const { t } = words();
  const parsed = parseFields(form, { handle: HANDLE, name: LABEL });
  if ("errors" in parsed) return { errors: { form: inWords(parsed.errors).name ?? t("sessionsActions.notFound") } };

  const { handle, name } = parsed.fields;
  const outcome = await orTryLater(async () => {
    const isNamed = await nameOwnSession(found, { handle, name: name || null }, await currentClient());
    return { state: isNamed ? ("named" as const) : ("not-found" as const) };
  });
  if (isTryLater(outcome)) return { tryLater: outcome };
  return outcome.state === "named"
    ? { done: t("sessionsActions.named") }
    : { errors: { form: t("sessionsActions.notFound") } };
}

/** Makes the next sensitive action ask for a confirmation again. */
export async function forgetConfirmation(): Promise<FormState> {
  const { session } = await requireSession();
  await sessionStore().dropConfirmation(session.handle);
  return { done: words().t("sessionsActions.nextAsks") };
}

/** Runs an action by its name in a plain form, so that the page can show the result without JavaScript. */
export async function actOnSessions(_previous: FormState, form: FormData): Promise<FormState> {
  await requireSession();
  const act = parseFields(form, { act: ANYTHING }).typed.act;
  return Object.hasOwn(ACTS, act)
    ? ACTS[act as keyof typeof ACTS](form)
    : { errors: { form: words().t("fields.act") } };
}

const ACTS = {
  revoke,
  "revoke-others": revokeOthers,
  rename: (form: FormData) => rename({}, form),
  "forget-confirmation": forgetConfirmation,
};

/** Ends all sessions of the user, except for one if its handle is given. */
async function endAll(found: ActiveSession, { except, receipt }: { except: string | null; receipt?: string }) {
  return orTryLater(async () => ({
    state: "ended" as const,
    ended: await endOwnSessions(found, except, { ...(await currentClient()), ...(receipt && { receipt }) }),
  }));
}
