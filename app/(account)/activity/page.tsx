import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { Pager } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { listActivity, listDevices, parseCursor, searchActivity } from "@/lib/ledger/activity";
import { countByDay } from "@/lib/ledger/daily";
import { conditionOf, FILTERS, type Filter, parseFilter, rangeOf } from "@/lib/ledger/filter";
import { groupByDay } from "@/lib/ledger/grouping";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { ActivityChart } from "./activity-chart";
import { ActivityDays } from "./activity-days";
import { ActivityFiles, ActivityFilter } from "./activity-filter";
import { ActivitySearch } from "./activity-search";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("activityPage.title") };
}

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const found = await requireSession();
  const { t, timeZone } = words();
  const query = await searchParams;
  const [parsed, before] = [parseFilter(query), parseCursor(query.before)];
  const { kind, ...filters } = parsed.filter;
  const [days, devices, { entries, next, isUnfinished }] = await Promise.all([
    countByDay(found.user.id, { timeZone, now: found.now }),
    listDevices(found.user.id),
    findEntries(found.user.id, parsed.filter, before),
  ]);

  return (
    <AccountPage found={found} title={t("activityPage.title")}>
      <div className="grid grid-cols-1 gap-5">
        <Card title={t("activityPage.chart")}>
          <ActivityChart days={days} />
        </Card>
        <Card
          title={t(before ? "activityPage.earlier" : "activityPage.recent")}
          aside={<ActivityFiles path="/activity" kind={kind} query={filters} />}
        >
          <ActivityFilter path="/activity" kind={kind} query={filters} />
          <ActivitySearch {...parsed} devices={devices} />
          {entries.length > 0 && <ActivityDays days={groupByDay(entries, found.now, words())} />}
          {entries.length === 0 && !next && <Nothing filter={parsed.filter} isEarlier={before !== null} />}
          {isUnfinished && <p className="mt-4 text-sm text-muted">{t("activityPage.goesOn")}</p>}
          <Pager
            path="/activity"
            query={parsed.filter}
            name="before"
            after={before === null ? null : String(before)}
            next={next}
          />
        </Card>
      </div>
      <PlacesNote />
    </AccountPage>
  );
}

function findEntries(userId: string, filter: Filter, before: bigint | null) {
  const range = { ...rangeOf(filter, words().timeZone), before };
  const matches = conditionOf(filter, words());
  return matches ? searchActivity(userId, range, matches, words()) : listActivity(userId, range, words());
}

/** Says why there are no entries. */
function Nothing({ filter, isEarlier }: { filter: Filter; isEarlier: boolean }) {
  const { t } = words();
  if (FILTERS.some((name) => filter[name]))
    return (
      <p className="py-6 text-muted">
        <span>{t("activityPage.noMatch")}</span> <TextLink href="/activity">{t("activityPage.clear")}</TextLink>
      </p>
    );

  return (
    <p className="py-6 text-muted">
      <span>{t(isEarlier ? "activityPage.noneEarlier" : "activityPage.none")}</span>
      <span> {t("activityPage.noneHint")}</span>
    </p>
  );
}
