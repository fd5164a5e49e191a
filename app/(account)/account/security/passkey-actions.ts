"use server";

import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import type { CreationOptions } from "@/lib/auth/passkeys/ceremonies";
import * as passkeys from "@/lib/auth/passkeys/manage";
import { MOST_PASSKEYS } from "@/lib/auth/passkeys/store";
import { mayChangeFactors } from "@/lib/auth/reauthenticate";
import { ANYTHING, CREDENTIAL, PASSKEY_NAME, parseFields } from "@/lib/forms/fields";
import { describeBrowser } from "@/lib/http/user-agent";
import { currentClient, requireSession } from "@/lib/session/current";
import { isolated } from "@/lib/text/isolated";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

export type PasskeyState = FormState & { options?: CreationOptions };

/** Gets what the browser needs to make a passkey. */
export async function startPasskey(): Promise<PasskeyState> {
  const found = await requireSession({ isEnrolling: true });
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const outcome = await passkeys.startAdding(found);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "too-many") return { errors: { form: tooMany() } };
  return { options: outcome.options };
}

/** Adds the passkey that the browser has made. Its first name is that of the browser. */
export async function addPasskey(form: FormData): Promise<PasskeyState> {
  const found = await requireSession({ isEnrolling: true });
  const { t } = words();
  const { answer } = parseFields(form, { answer: ANYTHING }).typed;
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const name = describeBrowser((await currentClient()).userAgent, words());
  const outcome = await passkeys.addPasskey(found, { answer, name });
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "refused") return { errors: { form: t("passkeys.refused") } };
  if (outcome.state === "taken") return { errors: { form: t("passkey.hasOne") } };
  if (outcome.state === "too-many") return { errors: { form: tooMany() } };
  refresh();
  return { done: t("passkeys.wasAdded") };
}

export async function removePasskey(form: FormData): Promise<PasskeyState> {
  const found = await requireSession({ isEnrolling: true });
  const { t } = words();
  const parsed = parseFields(form, { id: CREDENTIAL });
  if ("errors" in parsed) return { errors: { form: t("passkeys.notFound") } };
  if (!(await mayChangeFactors(found))) return { needs: "reauthentication" };

  const outcome = await passkeys.removePasskey(found, parsed.fields.id);
  if (isTryLater(outcome)) return { tryLater: outcome };
  refresh();
  if (outcome.state === "not-found") return { errors: { form: t("passkeys.notFound") } };
  return { done: t("passkeys.wasRemoved", { name: isolated(outcome.name) }) };
}

export async function renamePasskey(form: FormData): Promise<PasskeyState> {
  const found = await requireSession({ isEnrolling: true });
  const { t } = words();
  const parsed = parseFields(form, { id: CREDENTIAL, name: PASSKEY_NAME });
  if ("errors" in parsed) return { errors: { form: inWords(parsed.errors).name ?? t("passkeys.notFound") } };

  const outcome = await passkeys.namePasskey(found, parsed.fields);
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "not-found") return { errors: { form: t("passkeys.notFound") } };
  refresh();
  return { done: t("passkeys.wasNamed") };
}

function tooMany(): string {
  return words().t("passkeys.tooMany", { most: MOST_PASSKEYS });
}
