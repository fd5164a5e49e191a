import { describeBrowser } from "@/lib/http/user-agent";

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
export function explain({ reason, userAgent, detail }: Omit<Ending, "at">): string {
  const length = detail ? describeLength(Number(detail)) : "too long";

  switch (reason) {
    case "logged-out":
      return "You logged out in this browser.";
    case "replaced":
      return "Somebody else logged in in this browser, which ended this session.";
    case "revoked":
      return `This browser was signed out from another one${userAgent ? `: ${describeBrowser(userAgent)}` : ""}.`;
    case "idle":
      return `You were logged out because this session was unused for ${length}.`;
    case "expired":
      return `You were logged out because this session was ${length} old: that is as old as one gets.`;
    case "password-changed":
      return "You were logged out because the password was changed.";
    case "disabled":
      return "You were logged out because this account was disabled.";
    case "by-admin":
      return "An administrator ended this session.";
    case "over-limit":
      return "This session was ended to make room for a newer one.";
    case "replayed":
      return "This session was ended because its cookie was used in two places.";
  }
}

const UNITS = { day: 86_400, hour: 3600, minute: 60, second: 1 };

/** A duration in words, in the largest unit that divides it: "7 days". */
export function describeLength(seconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => seconds >= each && seconds % each === 0) ?? [
    "second",
    1,
  ];
  const amount = seconds / size;
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
