/** The actions that an administrator can take on an account. */
const ACTS = ["send-reset", "reset-second-factor", "promote", "demote", "enable", "disable"] as const;

export type Act = (typeof ACTS)[number];

export function isAct(text: string): text is Act {
  return (ACTS as readonly string[]).includes(text);
}

/** Whether an action takes something away from the user: its button is red. */
export function isDanger(act: Act): boolean {
  return act === "disable" || act === "reset-second-factor";
}
