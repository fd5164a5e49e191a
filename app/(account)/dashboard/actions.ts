"use server";

import { randomUUID } from "node:crypto";
import { refresh } from "next/cache";
import { redirect } from "next/navigation";
import type { FormState } from "@/app/ui/form/form-state";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { ANYTHING, parseFields } from "@/lib/forms/fields";
import { readForm } from "@/lib/forms/read";
import { answerNotice, sessionOfNotice, takeBackAnswer } from "@/lib/ledger/notices";
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

/** For a notice of something that the user did not do: logs out the device that did it, and leads to a new password. */
export async function itWasNotMe(form: FormData): Promise<FormState> {
  const found = await requireSession();
  const { id = "" } = readForm(form, ["id"]) ?? {};
  if (!(await hasRecentAuthentication(found))) return { needs: "reauthentication" };

  const receipt = randomUUID();
  const outcome = await orTryLater(async () => {
    const handle = await sessionOfNotice(found, id);
    const ended =
      handle === null ? 0 : await endChosenSessions(found, [handle], { ...(await currentClient()), receipt });
    await answerNotice(found, id);
    return { state: ended > 0 ? ("ended" as const) : ("nothing-to-end" as const) };
  });
  if (isTryLater(outcome)) return { tryLater: outcome };
  const page =
    outcome.state === "ended"
      ? (`${await sayingOnce("/account", "device-logged-out")}&receipt=${receipt}` as const)
      : await sayingOnce("/account", "not-me");
  redirect(`${page}#password`);
}
