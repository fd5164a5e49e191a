import type { UserFilter } from "@/lib/users/directory";

/** The filter of a list of users, from query parameters. */
export function filterOf({ search, role, state }: Record<string, unknown>): UserFilter {
  return {
    ...(typeof search === "string" && search && { search: search.slice(0, 254) }),
    ...((role === "user" || role === "admin") && { role }),
    ...((state === "active" || state === "disabled") && { state }),
  };
}
