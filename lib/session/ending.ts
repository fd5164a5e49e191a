import { describeBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";

/** The reasons why a session ends. The ledger, the metrics and the API use these names. */
export const END_REASONS = [
  "logged-out",
  "replaced",
  "revoked",
  "idle",
  "expired",
  "password-changed",
  "disabled",
  "by-admin",
  "over-limit",
  "replayed",
  "restarted",
  "restored",
] as const;

export type EndReason = (typeof END_REASONS)[number];

export type Ending = {
  reason: EndReason;
  /** When the session ended. */
  at: Date;
  /** The browser from which a user ended it, as that browser claimed. */
  userAgent: string | null;
  /** For `idle` and `expired`: the lifetime that was exceeded, in seconds. */
  detail: string | null;
};

/** The lifetime that was exceeded, in seconds: the `detail` of an Ending. */
export function lengthOf(reason: "idle" | "expired", { idle, total }: { idle: number; total: number }): string {
  return String((reason === "idle" ? idle : total) / 1000);
}

/** Why a session ended, as a sentence for its user. */
export function explain({ reason, userAgent, detail }: Omit<Ending, "at">, words: Words): string {
  const { t, duration } = words;
  if (reason === "revoked" && userAgent) return t("ending.revokedFrom", { browser: describeBrowser(userAgent, words) });
  const length = detail ? duration(Number(detail) * 1000) : null;
  if (reason === "idle") return length ? t("ending.idle", { length }) : t("ending.idleTooLong");
  if (reason === "expired") return length ? t("ending.expired", { length }) : t("ending.expiredTooOld");
  return t(`ending.${reason}`);
}
