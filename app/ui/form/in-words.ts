import type { Errors } from "@/lib/forms/fields";
import { words } from "@/lib/words";

/** What is wrong with a form, in the language of the request being answered. */
export function inWords<Name extends string>(errors: Errors<Name>): Partial<Record<Name | "form", string>> {
  const { say } = words();
  const said = Object.entries(errors).map(([name, error]) => [name, say(error as Parameters<typeof say>[0])]);
  return Object.fromEntries(said);
}
