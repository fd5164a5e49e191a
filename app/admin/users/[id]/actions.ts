"use server";

import { refresh } from "next/cache";
import { type Hindrance, isHindrance, unlessHindered } from "@/lib/auth/attempt";
import { hasRecentPassword } from "@/lib/auth/confirm";
import { type Errors, NOTE, parseFields, USER_ID } from "@/lib/auth/fields";
import { currentWhence, requireRole } from "@/lib/session/current";
import { endSelected } from "@/lib/session/selection";
import { changeRole, disableUser, enableUser, type Order, type Outcome, sendReset } from "@/lib/users/administration";
import { actOf, handleIn } from "../../act";

/** What an administrator may do to an account, by the name of the button; and what is said when it is done. */
const ACTS = {
  disable: { run: disableUser, done: "The account is disabled, and signed out everywhere." },
  enable: { run: enableUser, done: "The account is enabled again." },
  promote: { run: (id: string, order: Order) => changeRole(id, "admin", order), done: "This is an administrator now." },
  demote: { run: (id: string, order: Order) => changeRole(id, "user", order), done: "This is no administrator now." },
  "send-reset": { run: sendReset, done: "A mail with a link is on its way." },
  "end-all": { run: endAll, done: "Signed out everywhere." },
} satisfies Record<string, { run: (id: string, order: Order) => Promise<Outcome>; done: string }>;

type Act = keyof typeof ACTS;

const ACT = actOf(Object.keys(ACTS));

export type AdministerState = {
  errors?: Errors<"id" | "act" | "note">;
  hindrance?: Hindrance;
  needs?: "password";
  done?: string;
  error?: string;
  note?: string;
};

const FAILURES: Record<Exclude<Outcome["state"], "done">, string> = {
  unchanged: "It was so already.",
  "not-found": "There is no such account, or no such session. It may be gone by now.",
  "last-administrator": "This is the last administrator. Make somebody else one first.",
};

export async function administer(_previous: AdministerState, form: FormData): Promise<AdministerState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { id: USER_ID, act: ACT, note: NOTE });
  const { note } = parsed.typed;
  if ("errors" in parsed) return { note, errors: parsed.errors };
  if (!(await hasRecentPassword(found))) return { note, needs: "password" };

  const { id, act } = parsed.fields;
  const order = { userId: found.user.id, note: parsed.fields.note, ...(await currentWhence()) };
  const handle = handleIn(act);
  const outcome = await unlessHindered(() => (handle ? endOne(id, handle, order) : ACTS[act as Act].run(id, order)));
  if (isHindrance(outcome)) return { note, hindrance: outcome };
  if (outcome.state !== "done") return { note, error: FAILURES[outcome.state] };

  refresh();
  return { done: handle ? "That browser is signed out." : ACTS[act as Act].done };
}

async function endOne(userId: string, handle: string, order: Order): Promise<Outcome> {
  return { state: (await endSelected({ userId, handle }, "by-admin", order)) > 0 ? "done" : "not-found" };
}

async function endAll(userId: string, order: Order): Promise<Outcome> {
  return { state: (await endSelected({ userId }, "by-admin", order)) > 0 ? "done" : "unchanged" };
}
