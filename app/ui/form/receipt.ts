import type { Answers } from "@/lib/api/schema";
import type { PrivateWords } from "@/lib/i18n/words";
import type { FormState } from "./form-state";

type Receipt = NonNullable<FormState["receipt"]>;

/** How long to wait for the server, in milliseconds. It answers within 4 seconds, if the network does not fail. */
const PATIENCE = 8000;

/** Waits for the pages of ended sessions to confirm that they are blank. Returns what is known then, in words. */
export async function hearReceipt({ id, sessions }: Receipt, words: PrivateWords): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(`/api/receipt?id=${id}`, { cache: "no-store", signal }).catch(() => null);
  const known: Answers["/api/receipt"] | null = answer?.ok ? await answer.json().catch(() => null) : null;
  return inWords(known, sessions, words);
}

function inWords(known: Answers["/api/receipt"] | null, sessions: number, { t, number }: PrivateWords): string {
  if (!known) return t("sessions.receipt-unknown");
  const { pages, blank, after, isComplete } = known;
  if (pages === 0) return isComplete ? t("sessions.receipt-none", { sessions }) : t("sessions.receipt-unknown");
  if (blank === 0) return t("sessions.receipt-silent", { pages });
  // Rounded up, so that it never claims too little.
  const seconds = number(Math.max(1, Math.ceil(after / 100)) / 10);
  if (blank < pages || !isComplete) return t("sessions.receipt-some", { blank, seconds });
  return t("sessions.receipt-all", { sessions, pages, seconds });
}
