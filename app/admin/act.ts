import { HANDLE, type Rule } from "@/lib/auth/fields";

/** What a button of a form asks for: one of these names, or `end:` and the handle of one session. */
export function actOf(names: readonly string[]): Rule {
  return {
    accept: (text) => (names.includes(text) || handleIn(text) ? text : null),
    message: () => "Choose what to do.",
  };
}

/** The handle of the session that is to be ended, or null where it is something else. */
export function handleIn(act: string): string | null {
  return act.startsWith("end:") ? HANDLE.accept(act.slice(4)) : null;
}
