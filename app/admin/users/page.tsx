import { Plus } from "lucide-react";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/form/input-look";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Link } from "@/app/ui/link/link";
import { Pager } from "@/app/ui/link/pager";
import { Relative } from "@/app/ui/time/relative";
import { requireRole } from "@/lib/session/current";
import { isUserId, type ListedUser, listUsers, type UserFilter } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { titled } from "../titled";

export const generateMetadata = () => titled("adminPage.users");

export default async function UsersPage({ searchParams }: PageProps<"/admin/users">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const filter = filterOf(query);
  const after = typeof query.after === "string" && isUserId(query.after) ? query.after : null;
  const { users, next } = await listUsers(filter, after);
  const { t } = words();

  return (
    <AdminPage found={found} title={t("adminPage.users")}>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <Filter filter={filter} />
        <ButtonLink href="/admin/users/new" className="ml-auto">
          <Plus className="size-4" aria-hidden="true" />
          <span>{t("adminPage.newAccount")}</span>
        </ButtonLink>
      </div>
      {users.length === 0 ? (
        <p className="rounded-xl border border-line bg-surface p-6 text-muted">{t("adminPage.nobody")}</p>
      ) : (
        <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface">
          {users.map((user) => (
            <li key={user.id}>
              <UserLine user={user} now={found.now.toISOString()} />
            </li>
          ))}
        </ul>
      )}
      <Pager
        path="/admin/users"
        query={{ search: filter.search, role: filter.role, state: filter.state }}
        after={after}
        next={next}
      />
    </AdminPage>
  );
}

function filterOf({ search, role, state }: Record<string, string | string[] | undefined>): UserFilter {
  return {
    ...(typeof search === "string" && search && { search: search.slice(0, 254) }),
    ...((role === "user" || role === "admin") && { role }),
    ...((state === "active" || state === "disabled") && { state }),
  };
}

function Filter({ filter }: { filter: UserFilter }) {
  const { t } = words();
  return (
    <search>
      <form action="/admin/users" className="flex flex-wrap items-center gap-2 max-sm:w-full">
        <input
          type="search"
          name="search"
          aria-label={t("adminPage.nameOrEmail")}
          placeholder={t("adminPage.nameOrEmail")}
          defaultValue={filter.search}
          className={`${INPUT} sm:w-56`}
        />
        <select
          name="role"
          aria-label={t("adminPage.role")}
          defaultValue={filter.role ?? ""}
          className={`${INPUT} sm:w-36`}
        >
          <option value="">{t("adminPage.anyRole")}</option>
          <option value="user">{t("adminPage.users")}</option>
          <option value="admin">{t("adminPage.administrators")}</option>
        </select>
        <select
          name="state"
          aria-label={t("adminPage.state")}
          defaultValue={filter.state ?? ""}
          className={`${INPUT} sm:w-36`}
        >
          <option value="">{t("adminPage.anyState")}</option>
          <option value="active">{t("adminPage.active")}</option>
          <option value="disabled">{t("adminPage.disabled")}</option>
        </select>
        <Button type="submit" kind="secondary">
          {t("adminPage.search")}
        </Button>
      </form>
    </search>
  );
}

function UserLine({ user, now }: { user: ListedUser; now: string }) {
  const { t } = words();
  return (
    <Link
      href={`/admin/users/${user.id}`}
      prefetch={false}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 hover:bg-sunken"
    >
      <span className="min-w-0 flex-1 basis-60">
        <span className="font-medium wrap-anywhere">
          <Isolated>{user.name}</Isolated>
        </span>
        <span className="block text-sm text-muted wrap-anywhere">
          <Isolated>{user.email}</Isolated>
        </span>
      </span>
      <span className="flex gap-2">
        {user.role === "admin" && <Badge>{t("adminPage.administrator")}</Badge>}
        {user.disabledAt && <Badge isWarning>{t("adminPage.disabled")}</Badge>}
      </span>
      <span className="text-sm text-muted sm:w-60 sm:text-right">
        <span>{t("adminPage.sessionCount", { count: user.sessions })}</span>
        {user.lastSeenAt && (
          <>
            <span> · </span>
            <Relative at={user.lastSeenAt.toISOString()} now={now} />
          </>
        )}
      </span>
    </Link>
  );
}

export function Badge({ isWarning, children }: { isWarning?: boolean; children: string }) {
  return (
    <span
      className={`rounded-full border px-2 py-0.5 text-xs ${isWarning ? "border-danger/40 text-danger" : "border-brass/50 text-brass"}`}
    >
      {children}
    </span>
  );
}
