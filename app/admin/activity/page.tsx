import { ActivityDays } from "@/app/(account)/activity/activity-days";
import { ActivityFiles } from "@/app/(account)/activity/activity-filter";
import { Card } from "@/app/ui/card";
import { Isolated } from "@/app/ui/isolated";
import { Pager } from "@/app/ui/link/pager";
import { PlacesNote } from "@/app/ui/places-note";
import { listFullActivity, parseCursor } from "@/lib/ledger/activity";
import { groupByDay } from "@/lib/ledger/grouping";
import { requireRole } from "@/lib/session/current";
import { isUserId } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { meantUser, SeveralUsers } from "../meant-user";
import { titled } from "../titled";
import { filterOf, text } from "./ledger-filter";
import { LedgerSearch } from "./ledger-search";

export const generateMetadata = () => titled("adminPage.ledger");

export default async function LedgerPage({ searchParams }: PageProps<"/admin/activity">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const [who, kind, address] = [text(query.user), text(query.kind), text(query.address)];
  const sought = { kind, address, from: text(query.from), to: text(query.to) };
  const [{ filter, errors }, before] = [filterOf(sought), parseCursor(query.before)];
  const { user, several, error } = await meantUser(who);
  // The lines of a deleted account are still there.
  const userId = user?.id ?? (isUserId(who) ? who : null);
  const isClear = !errors && !several && (userId !== null || !who);
  const { entries, next } = isClear
    ? await listFullActivity(userId, { ...filter, before }, words())
    : { entries: [], next: null };
  const { t } = words();
  const kept = { ...sought, user: userId };

  return (
    <AdminPage
      found={found}
      title={t("adminPage.ledger")}
      {...(userId && {
        crumbs: [
          { name: t("adminPage.ledger"), href: "/admin/activity" },
          { name: user ? <Isolated>{user.email}</Isolated> : t("adminPage.deletedAccount") },
        ],
      })}
    >
      <div className="grid grid-cols-1 gap-5">
        <Card title={t("adminPage.searchLedger")}>
          <LedgerSearch
            typed={{ ...sought, user: user?.email ?? who }}
            errors={{ ...errors, ...(!userId && error && { user: error }) }}
          />
        </Card>
        {several && <SeveralUsers {...several} path="/admin/activity" query={{ ...sought, user: who }} />}
        {isClear && (
          <Card
            title={t(before ? "adminPage.earlier" : "adminPage.whatHappened")}
            aside={<ActivityFiles path="/admin/activity" kind={filter.kind ?? null} query={kept} />}
          >
            {entries.length === 0 ? (
              <p className="py-6 text-muted">{t(before ? "adminPage.nothingBefore" : "adminPage.nothing")}</p>
            ) : (
              <ActivityDays days={groupByDay(entries, found.now, words())} />
            )}
            <Pager
              path="/admin/activity"
              query={kept}
              name="before"
              after={before === null ? null : String(before)}
              next={next}
            />
          </Card>
        )}
      </div>
      <PlacesNote />
    </AdminPage>
  );
}
