"use server";

import { randomUUID } from "node:crypto";
import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { NOTE, parseFields } from "@/lib/forms/fields";
import { currentClient, requireRole } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { digitsOf } from "@/lib/text/digits";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import { words } from "@/lib/words";
import { ask, CONFIRMED, isNone, MEANT, type Question, selectionOf, unreadable } from "./meant";

export type EndState = FormState<"note" | "number"> & {
  note?: string;
  /** What the administrator must confirm, or confirm again if the selection has grown. */
  question?: Question;
};

/** Returns what would end, for the confirmation dialog. Ends nothing. */
export async function askToEnd(form: FormData): Promise<EndState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, MEANT);
  if ("errors" in parsed) return { errors: { form: unreadable(inWords(parsed.errors)) } };

  if (isNone(parsed.fields)) return { errors: { form: words().say(["fields.select"]) } };

  const outcome = await orTryLater(async () => ({
    state: "asked" as const,
    question: await ask(parsed.fields, found.session.handle),
  }));
  if (isTryLater(outcome)) return { tryLater: outcome };
  if (outcome.question.sessions === 0) return { errors: { form: endedInWords({ count: 0, newer: 0 }) } };
  return { question: outcome.question };
}

/** Ends the confirmed sessions: only those that existed when the administrator was asked. */
export async function endSessions(_previous: EndState, form: FormData): Promise<EndState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { ...MEANT, ...CONFIRMED, note: NOTE });
  const { note } = parsed.typed;
  if ("errors" in parsed) {
    const { note: wrong, ...errors } = inWords(parsed.errors);
    return { note, errors: { note: wrong, form: unreadable(errors) } };
  }
  if (!(await hasRecentAuthentication(found))) return { note, needs: "reauthentication" };

  const { until, sessions, number, note: reason, ...meant } = parsed.fields;
  const own = found.session.handle;
  const confirmed = { sessions: Number(sessions), until: new Date(until) };
  const receipt = randomUUID();
  const by = { userId: found.user.id, note: reason, receipt, ...(await currentClient()) };

  const outcome = await orTryLater(async () => {
    const selection = selectionOf(meant, own);
    const now = await sessionStore().measure(selection, confirmed.until);
    if (hasGrown(now, confirmed.sessions)) return { state: "grown" as const, question: await ask(meant, own) };
    if (needsNumber(now) && digitsOf(number) !== String(confirmed.sessions)) return { state: "unconfirmed" as const };

    const count = await sessionStore().endSelected({ ...selection, until: confirmed.until }, "by-admin", by);
    return { state: "ended" as const, count, newer: now.newer };
  });
  const { t } = words();
  if (isTryLater(outcome)) return { note, tryLater: outcome };
  if (outcome.state === "unconfirmed") return { note, errors: { number: t("adminActions.notTheNumber") } };
  if (outcome.state === "grown") return { note, question: outcome.question, errors: { form: t("adminActions.grown") } };

  refresh();
  const { count } = outcome;
  return { done: endedInWords(outcome), ...(count > 0 && { receipt: { id: receipt, sessions: count } }) };
}

/** How much a selection may grow during the confirmation, in percent. On a busy site, users log in all the time. */
const GROWTH = 1;

/**
 * Whether the selection has outgrown what was confirmed. Newer sessions are never
 * ended, but if there are many, the administrator must know and confirm again.
 */
function hasGrown({ sessions, newer }: { sessions: number; newer: number }, confirmed: number): boolean {
  return sessions > confirmed || newer * 100 > confirmed * GROWTH;
}

/** Whether the administrator must type the number: when the sessions belong to more than one user. */
function needsNumber({ people }: { people: number }): boolean {
  return people > 1;
}

/** How many sessions have ended, and how many did not because they are newer than the question. */
function endedInWords({ count, newer }: { count: number; newer: number }): string {
  return words().t("adminActions.ended", { count, newer });
}
