/** How a session stops: the reasons, in the words of the ledger. */
export type EndReason =
  | "logged-out"
  | "revoked"
  | "idle"
  | "expired"
  | "password-changed"
  | "disabled"
  | "by-admin"
  | "over-limit"
  | "replayed";

export type Ending = {
  reason: EndReason;
  /** When it ended. */
  at: Date;
  /** From which browser somebody ended it, as it claimed. */
  userAgent: string | null;
  /** For `idle` and `expired`: the lifetime that was over, in seconds. */
  detail: string | null;
};

/** Which of its lifetimes a session has outlived, in seconds, as an Ending tells it. */
export function lengthOf(reason: "idle" | "expired", { idle, total }: { idle: number; total: number }): string {
  return String((reason === "idle" ? idle : total) / 1000);
}

const UNITS = { day: 86_400, hour: 3600, minute: 60, second: 1 };

/** A length of time in words, in the largest unit that it is a whole number of: "7 days". */
export function describeLength(seconds: number): string {
  const [unit, size] = Object.entries(UNITS).find(([, each]) => seconds >= each && seconds % each === 0) ?? [
    "second",
    1,
  ];
  const amount = seconds / size;
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
