"use server";

import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { inWords } from "@/app/ui/form/in-words";
import { hasRecentAuthentication } from "@/lib/auth/reauthenticate";
import { resetSecondFactor } from "@/lib/auth/second-factor/reset";
import { NOTE, parseFields, type Rule, USER_ID } from "@/lib/forms/fields";
import { currentClient, requireRole } from "@/lib/session/current";
import { isTryLater, orTryLater } from "@/lib/throttle/rate-limited";
import {
  type AdminAction,
  changeRole,
  disableUser,
  enableUser,
  type Outcome,
  sendReset,
} from "@/lib/users/administration";
import { words } from "@/lib/words";
import { type Act, isAct } from "./acts";

const RUN: Record<Act, (id: string, action: AdminAction) => Promise<Outcome>> = {
  disable: disableUser,
  enable: enableUser,
  promote: (id, action) => changeRole(id, "admin", action),
  demote: (id, action) => changeRole(id, "user", action),
  "send-reset": sendReset,
  "reset-second-factor": resetSecondFactor,
};

const ACT: Rule = { accept: (text) => (isAct(text) ? text : null), message: () => ["fields.act"] };

export type AdministerState = FormState<"id" | "act" | "note"> & { note?: string };

export async function administer(_previous: AdministerState, form: FormData): Promise<AdministerState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { id: USER_ID, act: ACT, note: NOTE });
  const { note } = parsed.typed;
  if ("errors" in parsed) return { note, errors: inWords(parsed.errors) };
  if (!(await hasRecentAuthentication(found))) return { note, needs: "reauthentication" };

  const { id, act } = parsed.fields;
  const action = { userId: found.user.id, note: parsed.fields.note, ...(await currentClient()) };
  const outcome = await orTryLater(() => RUN[act as Act](id, action));
  if (isTryLater(outcome)) return { note, tryLater: outcome };
  const { t } = words();
  if (outcome.state !== "done") return { note, errors: { form: t(`adminActions.${outcome.state}`) } };

  refresh();
  return { done: t(`adminActions.done-${act as Act}`) };
}
