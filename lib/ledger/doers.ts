import type { Entry, FullEntry } from "./activity";

/** Who did something, in words for the user whom it concerns, or for administrators. In a file of its own, so that browsers load nothing else. */
export const DOERS = {
  you: "activity.by-you",
  somebody: "activity.by-somebody",
  "somebody else": "activity.by-somebody-else",
  "an administrator": "activity.by-administrator",
  Latchkey: "activity.by-site",
  "the user": "activity.by-themselves",
  "the command line": "activity.by-command-line",
} as const satisfies Record<Entry["by"] | FullEntry["by"], string>;
