"use server";

import type { FormState } from "@/app/ui/form/form-state";
import * as demonstration from "@/lib/auth/demonstration";
import { requireSession } from "@/lib/session/current";
import { isTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** Starts a session to demonstrate what a copied cookie is worth. It asks for no confirmation, and gives none of its rights. */
export async function startDemonstration(): Promise<FormState> {
  const found = await requireSession();
  const { t } = words();

  const outcome = await demonstration.startDemonstration(found, t("howItWorks.demonstration"));
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.state === "full") return { errors: { form: t("howItWorks.full") } };
  return outcome.state === "started" ? {} : { errors: { form: t("sessionsActions.notFound") } };
}

/** Logs out the session of the demonstration. Its own page asks for no confirmation: nothing else can be logged out so. */
export async function endDemonstration(): Promise<FormState> {
  const found = await requireSession();
  const outcome = await demonstration.endDemonstration(found);
  return isTryLater(outcome) ? { tryLater: outcome } : {};
}
