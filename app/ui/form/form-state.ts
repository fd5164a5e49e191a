import type { TryLater } from "@/lib/throttle/rate-limited";

/** Why a form got no answer: the server says to try later, or the browser met something on the way. */
export type Failure =
  | TryLater
  /** The network failed. Whether the form arrived is not known. */
  | { state: "offline" }
  /** The application was updated while the page was open. */
  | { state: "outdated" }
  /** Something answered that is no answer of ours, or the server failed; `reference` is then its name in the log. */
  | { state: "unexpected"; reference?: string | undefined };

/** What came of sending a form. Each action adds what else goes back into its form. */
export type FormState<Name extends string = never> = {
  /** What is wrong, in words: field by field, or as a whole. */
  errors?: Partial<Record<Name | "form", string>>;
  tryLater?: Failure;
  /** What has to be entered before it is done. */
  needs?: "reauthentication";
  /** What was done, in words. */
  done?: string;
};
