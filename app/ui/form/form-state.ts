import type { TryLater } from "@/lib/throttle/rate-limited";

/** Why a form was not processed: the server asks to retry later, or the request failed on its way. */
export type Failure =
  | TryLater
  /** The network failed. The form may or may not have arrived. */
  | { state: "offline" }
  /** The application was updated while the page was open. */
  | { state: "outdated" }
  /** The response was not ours, or the server failed; then `reference` finds the error in the log. */
  | { state: "unexpected"; reference?: string | undefined };

/** The result of sending a form. Each action adds the values that go back into its form. */
export type FormState<Name extends string = never> = {
  /** What is wrong, in words: field by field, or as a whole. */
  errors?: Partial<Record<Name | "form", string>>;
  tryLater?: Failure;
  /** What the user must enter first. */
  needs?: "reauthentication";
  /** A message that says what was done. */
  done?: string;
  /** For an action that ended sessions elsewhere: how many, and the id of the receipts that their pages send. */
  receipt?: { id: string; sessions: number };
};
