import { answerWithStatus, requestContext } from "@/lib/request-context";

/**
 * Reads the fields of a submitted form, each as text. Returns null and sets the status 400 for
 * input that no page of ours sends: a repeated field, a file in place of text, or something that is
 * not a form. The arguments of an action come from outside, whatever their types say.
 *
 * Unknown fields are ignored, because browser extensions add some to forms.
 */
export function readForm<Name extends string>(
  form: unknown,
  names: readonly Name[],
): Partial<Record<Name, string>> | null {
  requestContext();
  const known: readonly string[] = names;
  const fields = form instanceof FormData ? [...form].filter(([name]) => known.includes(name)) : null;
  const isOurs = fields?.every(
    ([name, value], index) =>
      typeof value === "string" && !value.includes("\u0000") && fields.findIndex(([other]) => other === name) === index,
  );
  if (fields && isOurs) return Object.fromEntries(fields) as Partial<Record<Name, string>>;

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
