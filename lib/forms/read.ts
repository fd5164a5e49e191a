import { answerWithStatus, requestContext } from "@/lib/request-context";

/**
 * Reads the fields of a submitted form, each as text. Returns null and sets the status 400 for
 * input that no page of ours sends: a repeated field, a file in place of text, or something that is
 * not a form. The arguments of an action come from outside, whatever their types say.
 *
 * Unknown fields are ignored, because browser extensions add some to forms. The fields in `lists` may be repeated, as
 * checkboxes are: their values are joined by spaces.
 */
export function readForm<Name extends string>(
  form: unknown,
  names: readonly Name[],
  lists: readonly string[] = [],
): Partial<Record<Name, string>> | null {
  requestContext();
  const known: readonly string[] = names;
  const fields = form instanceof FormData ? [...form].filter(([name]) => known.includes(name)) : null;
  const isOurs = fields?.every(
    ([name, value], index) =>
      typeof value === "string" &&
      !value.includes("\u0000") &&
      (lists.includes(name) || fields.findIndex(([other]) => other === name) === index),
  );
  if (fields && isOurs) {
    const joined = fields.map(([name]) => [name, form instanceof FormData && form.getAll(name).join(" ")]);
    return Object.fromEntries(joined) as Partial<Record<Name, string>>;
  }

  answerWithStatus(400);
  return null;
}

/** Reads a field that a form may repeat, such as checkboxes of one name. Null and 400 for input that no page of ours sends. */
export function readRepeated(form: unknown, name: string): string[] | null {
  requestContext();
  const values = form instanceof FormData ? form.getAll(name) : null;
  if (values?.every((value) => typeof value === "string")) return values;

  answerWithStatus(400);
  return null;
}
