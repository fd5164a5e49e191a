import type { Words } from "@/lib/i18n/words";

/** Says that a code is wrong. An app shows another one soon; of recovery codes, the only ones with letters, there are only those kept. */
export function wrongCode(code: string, t: Words["t"]): string {
  return t(/\p{L}/u.test(code) ? "verifyPage.wrongRecoveryCode" : "verifyPage.wrong");
}
