import { policy } from "@/lib/session/policy";
import { Prisma } from "@/prisma/client/client";

// lib/session/policy decides whether a session has expired. This is the same rule in SQL, for
// statements that need it; store/contract.test.ts compares the two.

/** SQL for the lifetime of a session `s` of a user `u`: the same as `lifetimes`. */
export function lifetimeInSql(kind: "idle" | "total"): Prisma.Sql {
  const { standard, publicComputer, administrator, demonstration } = policy();
  return Prisma.sql`
    make_interval(secs => least(
      CASE WHEN s.public_computer THEN ${publicComputer[kind] / 1000}::float8 END,
      CASE WHEN s.demonstration THEN ${demonstration[kind] / 1000}::float8 END,
      CASE WHEN u.role = 'admin' THEN ${administrator[kind] / 1000}::float8 END,
      CASE WHEN NOT s.public_computer AND u.role IS DISTINCT FROM 'admin' THEN ${standard[kind] / 1000}::float8 END))`;
}

/** SQL for the condition that a session `s` of a user `u` has not expired. */
export function isNotOver(): Prisma.Sql {
  return Prisma.sql`
    s.last_seen_at > now() - ${lifetimeInSql("idle")} AND s.created_at > now() - ${lifetimeInSql("total")}`;
}
