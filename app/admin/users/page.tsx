import { Plus } from "lucide-react";
import { ActivityFiles } from "@/app/(account)/activity/activity-filter";
import { Button } from "@/app/ui/button";
import { INPUT } from "@/app/ui/form/input-look";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { address } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { Cell, type Head, NoSelectCell, Row, RowHead, SelectCell, Table } from "@/app/ui/table";
import { Relative } from "@/app/ui/time/relative";
import { requireRole } from "@/lib/session/current";
import {
  countListed,
  isUserId,
  type ListedUser,
  listUsers,
  parseUserOrder,
  type UserFilter,
  type UserOrder,
} from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { Paging, parsePlace, parseSize, readPage } from "../paging";
import { titled } from "../titled";
import { DisableSelected } from "./disable/disable-selected";
import { filterOf } from "./user-filter";

export const generateMetadata = () => titled("adminPage.users");

export default async function UsersPage({ searchParams }: PageProps<"/admin/users">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const filter = filterOf(query);
  const [place, size] = [parsePlace(query.after, (id) => (isUserId(id) ? id : null)), parseSize(query.size)];
  const order = parseUserOrder(query.sort);
  const read = async (after: string | null, isReversed: boolean) => {
    const turned = { ...order, isDescending: order.isDescending !== isReversed };
    const { users, next } = await listUsers(filter, after, size, turned);
    return { rows: users, hasMore: next !== null };
  };
  const [page, total] = await Promise.all([
    readPage({ place, size, read, cursorOf: ({ id }) => id }),
    countListed(filter),
  ]);
  const users = page.rows;
  const { t, say } = words();
  const sort = isNewestFirst(order) ? undefined : sortOf(order);
  const kept = { search: filter.search ?? null, role: filter.role ?? null, state: filter.state ?? null };

  return (
    <AdminPage found={found} title={t("adminPage.users")}>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <Filter filter={filter} />
        <ButtonLink href="/admin/users/new" className="ms-auto">
          <Plus className="size-4" aria-hidden="true" />
          <span>{t("adminPage.newAccount")}</span>
        </ButtonLink>
      </div>
      <div className="rounded-xl border border-line bg-surface px-5 py-3">
        {users.length === 0 ? (
          <p className="py-3 text-muted">{t("adminPage.nobody")}</p>
        ) : (
          <>
            <div className="mt-2 mb-1 flex flex-wrap items-center justify-between gap-3">
              <DisableSelected id={SELECTED} noneSelected={say(["fields.select"])}>
                {t("adminPage.disableSelected")}
              </DisableSelected>
              <ActivityFiles path="/admin/users" kind={null} query={kept} />
            </div>
            <UserTable
              users={users}
              now={found.now.toISOString()}
              ownId={found.user.id}
              order={order}
              query={{ ...kept, size: String(size) }}
            />
          </>
        )}
        <Paging path="/admin/users" query={{ ...kept, sort }} {...{ place, size, page, total }} />
      </div>
    </AdminPage>
  );
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

/** The id of the form that disables the selected users. */
const SELECTED = "selected";

type TableProps = {
  users: ListedUser[];
  now: string;
  /** The administrator, who cannot select their own account. */
  ownId: string;
  order: UserOrder;
  /** The query parameters of the page, except for its order. */
  query: Record<string, string | null | undefined>;
};

function UserTable({ users, now, ownId, order, query }: TableProps) {
  const { t, number } = words();
  const sortable = (by: UserOrder["by"], name: string): Head => {
    const isHere = order.by === by;
    // The newest accounts come first, and names begin with A, until their head is chosen again.
    const isDescending = isHere ? !order.isDescending : by === "created";
    return {
      name,
      href: address("/admin/users", { ...query, sort: sortOf({ by, isDescending }) }),
      ...(isHere && { sorted: order.isDescending ? "descending" : "ascending" }),
    };
  };
  const [role, sessions] = [t("adminPage.role"), t("adminPage.sessions")];
  const [email, lastSeen, created] = [t("adminPage.email"), t("adminPage.lastSeen"), t("adminPage.createdAt")];

  return (
    <Table
      name={t("adminPage.users")}
      heads={[
        { name: t("adminPage.selectAll"), selects: SELECTED },
        sortable("name", t("adminPage.name")),
        sortable("email", email),
        { name: role },
        { name: sessions },
        { name: lastSeen },
        sortable("created", created),
      ]}
    >
      {users.map((user) => (
        <Row key={user.id}>
          {user.id === ownId || user.disabledAt ? (
            <NoSelectCell />
          ) : (
            <SelectCell form={SELECTED} field="users" value={user.id} name={user.email} />
          )}
          <RowHead>
            <TextLink href={`/admin/users/${user.id}`}>
              <Isolated>{user.name}</Isolated>
            </TextLink>
          </RowHead>
          <Cell name={email}>
            {/* A long name beside it must not break common addresses. */}
            <div className="md:min-w-40">
              <Isolated>{user.email}</Isolated>
            </div>
          </Cell>
          <Cell name={role} isUsual={user.role === "user" && !user.disabledAt}>
            <span className="flex flex-wrap items-start gap-1 md:flex-col">
              {user.role === "admin" && <Badge>{t("adminPage.administrator")}</Badge>}
              {user.disabledAt && <Badge isWarning>{t("adminPage.disabled")}</Badge>}
              {user.role === "user" && !user.disabledAt && t("adminPage.user")}
            </span>
          </Cell>
          <Cell name={sessions}>{number(user.sessions ?? 0)}</Cell>
          <Cell name={lastSeen}>
            {user.lastSeenAt ? (
              <Relative at={user.lastSeenAt.toISOString() < now ? user.lastSeenAt.toISOString() : now} now={now} />
            ) : (
              <span className="text-muted">{t("adminPage.nowhere")}</span>
            )}
          </Cell>
          <Cell name={created}>
            <Relative at={user.createdAt.toISOString()} now={now} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

function sortOf({ by, isDescending }: UserOrder): string {
  return isDescending ? `-${by}` : by;
}

function isNewestFirst({ by, isDescending }: UserOrder): boolean {
  return by === "created" && isDescending;
}

function Badge({ isWarning, children }: { isWarning?: boolean; children: string }) {
  return (
    <span
      className={`inline-block rounded-full border px-2 py-0.5 text-xs whitespace-nowrap ${isWarning ? "border-danger/40 text-danger" : "border-brass/50 text-brass"}`}
    >
      {children}
    </span>
  );
}
