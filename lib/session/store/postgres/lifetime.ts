import { policy } from "@/lib/session/policy";
import { Prisma } from "@/prisma/client/client";

// lib/session/policy decides whether a session is over. This says the same in SQL, for
// statements that have to decide it; store/contract.test.ts compares the two.

/** The lifetime of a session `s` of a user `u`, as `lifetimes` has it, for a statement. */
export function lifetimeInSql(kind: "idle" | "total"): Prisma.Sql {
  const { standard, publicComputer, administrator } = policy();
  return Prisma.sql`
    make_interval(secs => least(
      CASE WHEN s.public_computer THEN ${publicComputer[kind] / 1000}::float8 END,
      CASE WHEN u.role = 'admin' THEN ${administrator[kind] / 1000}::float8 END,
      CASE WHEN NOT s.public_computer AND u.role IS DISTINCT FROM 'admin' THEN ${standard[kind] / 1000}::float8 END))`;
}

/** The condition that a session `s` of a user `u` is not over, for a statement. */
export function isNotOver(): Prisma.Sql {
  return Prisma.sql`
    s.last_seen_at > now() - ${lifetimeInSql("idle")} AND s.created_at > now() - ${lifetimeInSql("total")}`;
}
