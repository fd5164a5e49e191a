"use server";

import { refresh } from "next/cache";
import { type Hindrance, isHindrance, unlessHindered } from "@/lib/auth/attempt";
import { hasRecentPassword } from "@/lib/auth/confirm";
import { ANYTHING, type Errors, MOMENT, NOTE, parseFields, RANGE } from "@/lib/auth/fields";
import { currentWhence, requireRole } from "@/lib/session/current";
import { endSelected, type Selection } from "@/lib/session/selection";
import { isUserId } from "@/lib/users/directory";
import { actOf, handleIn } from "../act";

/** `all` of those that are meant, or one. */
const ACT = actOf(["all"]);

export type EndState = {
  errors?: Errors<"note" | "act" | "user" | "address" | "before">;
  hindrance?: Hindrance;
  needs?: "password";
  done?: string;
  note?: string;
};

/** Ends one session, or all that are meant; of these never the one that asks. */
export async function endSessions(_previous: EndState, form: FormData): Promise<EndState> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { act: ACT, note: NOTE, user: ANYTHING, address: RANGE, before: MOMENT });
  const { note } = parsed.typed;
  if ("errors" in parsed) return { note, errors: parsed.errors };
  if (!(await hasRecentPassword(found))) return { note, needs: "password" };

  const { act, user, address, before } = parsed.fields;
  const handle = handleIn(act);
  const selection: Selection = handle
    ? { handle }
    : {
        except: found.session.handle,
        ...(isUserId(user) && { userId: user }),
        ...(address && { address }),
        ...(before && { before: new Date(before) }),
      };
  const by = { userId: found.user.id, note: parsed.fields.note, ...(await currentWhence()) };
  const outcome = await unlessHindered(async () => ({
    state: "ended" as const,
    count: await endSelected(selection, "by-admin", by),
  }));
  if (isHindrance(outcome)) return { note, hindrance: outcome };

  refresh();
  return { done: inWords(outcome.count) };
}

function inWords(count: number): string {
  if (count === 0) return "None was left: they had ended already.";
  return count === 1 ? "One session is ended." : `${count.toLocaleString("en")} sessions are ended.`;
}
