import { ActivityDays } from "@/app/(account)/activity/activity-days";
import { ActivityFiles, ActivityFilter } from "@/app/(account)/activity/activity-filter";
import { Card } from "@/app/ui/card";
import { Isolated } from "@/app/ui/isolated";
import { Pager } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { listFullActivity, parseCursor } from "@/lib/ledger/activity";
import { groupByDay } from "@/lib/ledger/grouping";
import { parseKind } from "@/lib/ledger/lines";
import { requireRole } from "@/lib/session/current";
import { findListedUser, isUserId } from "@/lib/users/directory";
import { words } from "@/lib/words";
import { AdminPage } from "../admin-page";
import { titled } from "../titled";

export const generateMetadata = () => titled("adminPage.ledger");

export default async function LedgerPage({ searchParams }: PageProps<"/admin/activity">) {
  const found = await requireRole("admin");
  const query = await searchParams;
  const [kind, before] = [parseKind(query.kind), parseCursor(query.before)];
  const userId = typeof query.user === "string" && isUserId(query.user) ? query.user : null;
  const [user, { entries, next }] = await Promise.all([
    userId && findListedUser(userId),
    listFullActivity(userId, { kind, before }, words()),
  ]);
  const rest = { user: userId };
  const { t, rich } = words();

  return (
    <AdminPage found={found} title={t("adminPage.ledger")}>
      <Card
        title={t(before ? "adminPage.earlier" : "adminPage.whatHappened")}
        aside={<ActivityFiles path="/admin/activity" kind={kind} query={rest} />}
      >
        <ActivityFilter path="/admin/activity" kind={kind} query={rest} />
        {userId && (
          <p className="my-3 text-sm text-muted">
            {rich("adminPage.onlyOf", {
              who: () => (
                <span className="text-ink wrap-anywhere">
                  <Isolated>{user ? user.email : t("adminPage.deletedAccount")}</Isolated>
                </span>
              ),
              link: (parts) => <TextLink href="/admin/activity">{parts}</TextLink>,
            })}
          </p>
        )}
        {entries.length === 0 ? (
          <p className="py-6 text-muted">{t(before ? "adminPage.nothingBefore" : "adminPage.nothing")}</p>
        ) : (
          <ActivityDays days={groupByDay(entries, found.now, words())} />
        )}
        <Pager
          path="/admin/activity"
          query={{ ...rest, kind }}
          name="before"
          after={before === null ? null : String(before)}
          next={next}
        />
      </Card>
    </AdminPage>
  );
}
