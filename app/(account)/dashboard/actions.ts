"use server";

import { randomUUID } from "node:crypto";
import { refresh } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { beginningOf, findNewFactors } from "@/lib/auth/second-factor/disputed";
import { ANYTHING, parseFields } from "@/lib/forms/fields";
import { readForm } from "@/lib/forms/read";
import { answerNotice, eventOfNotice, takeBackAnswer } from "@/lib/ledger/notices";
import { currentClient, requireSession, sayingOnce } from "@/lib/session/current";
import { endChosenSessions } from "@/lib/session/own";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";

/** Records that the user did what a notice says. */
export async function itWasMe(form: FormData): Promise<FormState> {
  const found = await requireSession();
  const { id = "" } = readForm(form, ["id"]) ?? {};
  await answerNotice(found, id);
  refresh();
  return { done: words().t("dashboardActions.answered") };
}

/** Takes back the answer to a notice, which is then asked again. */
export async function askAgain(form: FormData): Promise<FormState> {
  const found = await requireSession();
  await takeBackAnswer(found, parseFields(form, { id: ANYTHING, first: ANYTHING }).typed);
  refresh();
  return {};
}

/**
 * For a notice of something that the user did not do: logs out the device that did it, and leads to a new password, and
 * to the factors that were added since.
 */
export async function itWasNotMe(form: FormData): Promise<FormState> {
  const found = await requireSession();
  const { id = "" } = readForm(form, ["id"]) ?? {};
  if (!(await hasRecentAuthentication(found))) return { needs: "reauthentication" };

  const receipt = randomUUID();
  const outcome = await orTryLater(async () => {
    const event = await eventOfNotice(found, id);
    const since = event && (await beginningOf(found.user.id, event));
    const added = since ? await findNewFactors(found.user.id, since) : [];
    const ended = event?.handle
      ? await endChosenSessions(found, [event.handle], { ...(await currentClient()), receipt })
      : 0;
    await answerNotice(found, id);
    const state = ended > 0 ? ("ended" as const) : ("nothing-to-end" as const);
    return { state, since: added.length > 0 ? since : null };
  });
  if (isTryLater(outcome)) return { tryLater: outcome };
  const page =
    outcome.state === "ended"
      ? (`${await sayingOnce("/account", "device-logged-out")}&receipt=${receipt}` as const)
      : await sayingOnce("/account", "not-me");
  const since = outcome.since && `&since=${encodeURIComponent(outcome.since.toISOString())}`;
  redirect(`${page}${since ?? ""}#password`);
}
