import { Prisma } from "@/prisma/client/client";

/** The user whose rows a statement reads. */
export type Owner = {
  /** How the statement finds the user: a part of its name. */
  by: "user" | "session";
  /** The user's id in SQL. */
  id: Prisma.Sql;
};

/** The user with this id. */
export function userWith(id: string): Owner {
  return { by: "user", id: Prisma.sql`${id}::uuid` };
}
