import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { Pager } from "@/app/ui/link/pager";
import { listActivity, parseCursor } from "@/lib/ledger/activity";
import { countByDay } from "@/lib/ledger/daily";
import { groupByDay } from "@/lib/ledger/grouping";
import { parseKind } from "@/lib/ledger/lines";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { ActivityChart } from "./activity-chart";
import { ActivityDays } from "./activity-days";
import { ActivityFiles, ActivityFilter } from "./activity-filter";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("activityPage.title") };
}

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const found = await requireSession();
  const { t, timeZone } = words();
  const query = await searchParams;
  const [kind, before] = [parseKind(query.kind), parseCursor(query.before)];
  const [days, { entries, next }] = await Promise.all([
    countByDay(found.user.id, { timeZone, now: found.now }),
    listActivity(found.user.id, { kind, before }, words()),
  ]);

  return (
    <AccountPage found={found} title={t("activityPage.title")}>
      <div className="grid grid-cols-1 gap-5">
        <Card title={t("activityPage.chart")}>
          <ActivityChart days={days} />
        </Card>
        <Card
          title={t(before ? "activityPage.earlier" : "activityPage.recent")}
          aside={<ActivityFiles path="/activity" kind={kind} />}
        >
          <ActivityFilter path="/activity" kind={kind} />
          {entries.length === 0 ? (
            <p className="py-6 text-muted">
              <span>{t(before ? "activityPage.noneEarlier" : "activityPage.none")}</span>
              <span> {t("activityPage.noneHint")}</span>
            </p>
          ) : (
            <ActivityDays days={groupByDay(entries, found.now, words())} />
          )}
          <Pager
            path="/activity"
            query={{ kind }}
            name="before"
            after={before === null ? null : String(before)}
            next={next}
          />
        </Card>
      </div>
    </AccountPage>
  );
}
