"use server";

import { refresh } from "next/cache";
import type { FormState } from "@/app/ui/form/form-state";
import { readForm } from "@/lib/forms/read";
import { markSeen } from "@/lib/ledger/notices";
import { requireSession } from "@/lib/session/current";

/** Dismisses the notices that the user has seen. */
export async function dismissNotices(form: FormData): Promise<FormState> {
  const found = await requireSession();
  const upTo = readForm(form, ["upTo"])?.upTo ?? "";
  if (/^\d{1,18}$/.test(upTo)) await markSeen(found, BigInt(upTo));
  refresh();
  return {};
}
