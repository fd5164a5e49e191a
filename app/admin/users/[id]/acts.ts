// The actions that an administrator can take on an account, with their texts.

export const ACTS = {
  "send-reset": {
    button: "Send a reset mail",
    title: (email: string) => `Send a reset mail to ${email}`,
    done: "A mail with a link is on its way.",
  },
  promote: {
    button: "Make an administrator",
    title: (email: string) => `Make ${email} an administrator`,
    done: "This is an administrator now.",
  },
  demote: {
    button: "Make a user",
    title: (email: string) => `Make ${email} a user`,
    done: "This is no administrator now.",
  },
  enable: {
    button: "Enable",
    title: (email: string) => `Enable ${email}`,
    done: "The account is enabled again.",
  },
  disable: {
    button: "Disable",
    title: (email: string) => `Disable ${email}`,
    done: "The account is disabled, and signed out everywhere.",
  },
} as const;

export type Act = keyof typeof ACTS;

export function isAct(text: string): text is Act {
  return Object.hasOwn(ACTS, text);
}

/** Whether an action takes something away from the user: its button is red. */
export function isDanger(act: Act): boolean {
  return act === "disable";
}
