"use server";

import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { mayChangeFactors } from "@/lib/auth/reauthenticate";
import { addApp, deleteApp, distrust, newRecoveryCodes } from "@/lib/auth/second-factor/manage";
import { cancelRecovery as stopRecovery } from "@/lib/auth/second-factor/recovery";
import { ANYTHING, CODE, HANDLE, parseFields } from "@/lib/forms/fields";
import { requireSession } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** Stops the recovery of the user's second factor. A session is enough: it takes nothing away. */
export async function cancelRecovery(): Promise<FormState> {
  const found = await requireSession({ isEnrolling: true });
  const outcome = await stopRecovery(found);
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  return { done: words().t(outcome.state === "cancelled" ? "recover.stopped" : "recover.nothing") };
}

export type SecurityState = FormState<"code"> & {
  /** New recovery codes, to be shown once. */
  codes?: string[];
  /** Whether the app is set up. */
  isAdded?: boolean;
};

/** Ends the set-up of an authenticator app with its first code. */
export async function addAuthenticator(_previous: SecurityState, form: FormData): Promise<SecurityState> {
  const found = await requireSession({ isEnrolling: true });
  const parsed = parseFields(form, { code: CODE });
  if ("errors" in parsed) return { errors: inWords(parsed.errors) };
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const outcome = await addApp(found, parsed.fields.code);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "wrong-code") return { errors: { code: words().t("securityPage.wrongFirstCode") } };
  return { isAdded: true, ...(outcome.codes && { codes: outcome.codes }) };
}

export async function removeAuthenticator(): Promise<SecurityState> {
  const found = await requireSession({ isEnrolling: true });
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const outcome = await deleteApp(found);
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  return { done: words().t("securityPage.appRemoved") };
}

/** Replaces the recovery codes, and shows the new ones once. */
export async function renewCodes(_previous: SecurityState): Promise<SecurityState> {
  const found = await requireSession({ isEnrolling: true });
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const outcome = await newRecoveryCodes(found);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (!outcome.codes) return { errors: { form: words().t("securityPage.factorFirst") } };
  refresh();
  return { codes: outcome.codes };
}

/** Asks for the second step again at the next log-in in one browser; without a handle, in all of them. */
export async function distrustBrowser(form: FormData): Promise<SecurityState> {
  const found = await requireSession({ isEnrolling: true });
  const isAll = parseFields(form, { handle: ANYTHING }).typed.handle === "";
  const parsed = parseFields(form, { handle: isAll ? ANYTHING : HANDLE });
  if ("errors" in parsed) return { errors: { form: words().t("securityPage.notTrusted") } };

  const outcome = await distrust(found, isAll ? undefined : parsed.fields.handle);
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  return { done: words().t("securityPage.distrusted") };
}
