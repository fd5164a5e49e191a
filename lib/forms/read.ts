import { answerWithStatus, requestContext } from "@/lib/request-context";

/**
 * The fields of a form that was sent, each a text, or null when it was not sent
 * by a page of ours: a field that came twice, a file in place of a text, or
 * something that is no form at all. The arguments of an action come from outside,
 * whatever their types say. The answer is then a 400.
 *
 * Fields that we do not know are left out. Browser extensions add some to forms.
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
