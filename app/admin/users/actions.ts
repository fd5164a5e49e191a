"use server";

import { parseFields, USER_IDS } from "@/lib/forms/fields";
import { requireRole } from "@/lib/session/current";
import { findListedUser } from "@/lib/users/directory";

/** A user in the commands dialog. */
export type Person = { id: string; name: string; email: string; canBeDisabled: boolean };

/** The users with these ids, in the same order, without those who no longer exist. */
export async function findPeople(form: FormData): Promise<Person[]> {
  const found = await requireRole("admin");
  const parsed = parseFields(form, { users: USER_IDS });
  if ("errors" in parsed) return [];
  const ids = parsed.fields.users.split(" ").slice(0, MOST);
  const users = await Promise.all(ids.map(findListedUser));
  return users
    .filter((user) => user !== null)
    .map(({ id, name, email, disabledAt }) => ({
      ...{ id, name, email },
      canBeDisabled: disabledAt === null && id !== found.user.id,
    }));
}

/** The maximum number of users to find at once. */
const MOST = 5;
