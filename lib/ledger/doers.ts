import type { Entry } from "./activity";

/** Who did something, in words for the user whom it concerns. In a file of its own, so that browsers load nothing else. */
export const DOERS = {
  you: "activity.by-you",
  somebody: "activity.by-somebody",
  "somebody else": "activity.by-somebody-else",
  "an administrator": "activity.by-administrator",
  Latchkey: "activity.by-site",
} as const satisfies Record<Entry["by"], string>;
