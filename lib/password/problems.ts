import type { Said } from "@/lib/i18n/words";
import { LONGEST, type PasswordProblem, SHORTEST, SHORTEST_WITH_SECOND_FACTOR } from "./shape.mjs";

/** Why a new password is refused. The last two need the server: a breach of another site, and the current password. */
export type NewPasswordProblem = PasswordProblem | "breached" | "same";

/** Each problem with a new password, as a message to its user. */
export const PROBLEMS: Record<NewPasswordProblem, Said> = {
  short: ["password.short", { least: SHORTEST }],
  shorter: ["password.short", { least: SHORTEST_WITH_SECOND_FACTOR }],
  long: ["password.long", { most: LONGEST }],
  common: ["password.common"],
  easy: ["password.easy"],
  "about-you": ["password.about-you"],
  "about-site": ["password.about-site"],
  breached: ["authActions.breachedPassword"],
  same: ["authActions.samePassword"],
};
