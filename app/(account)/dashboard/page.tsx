import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { TextLink } from "@/app/ui/link/text-link";
import { listActivity } from "@/lib/ledger/activity";
import { findNotices } from "@/lib/ledger/notices";
import { currentSession, requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { ActivityList } from "../activity/activity-list";
import { Greeting } from "./greeting";
import { AccountNotices } from "./notices";
import { OtherBrowsers } from "./other-browsers";
import { ThisSession } from "./this-session";
import { WhoHoldsWhat } from "./who-holds-what";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("dashboardPage.title") };
}

/** The number of latest activity entries to show. */
const RECENT = 3;

export default async function DashboardPage() {
  const found = await requireSession();
  const { t } = words();
  // Read everything before anything is sent: then an outage can still be a 503, and the page is complete without
  // JavaScript.
  const [notices, sessions, { entries }] = await Promise.all([
    findNotices(found, words()),
    showSessions(found),
    listActivity(found.user.id, { kind: null, before: null }, words(), RECENT),
  ]);

  return (
    <AccountPage found={found} title={<Greeting />}>
      <AccountNotices initial={notices} />
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-3">
        <Card title={t("dashboardPage.thisSession")}>
          <ThisSession idleLifetime={found.lifetimes.idle} publicComputer={found.session.publicComputer} />
        </Card>
        <Card
          title={t("dashboardPage.otherBrowsers")}
          aside={<More href="/sessions">{t("dashboardPage.allSessions")}</More>}
        >
          <OtherBrowsers initial={sessions} />
        </Card>
        <Card
          title={t("dashboardPage.recentActivity")}
          aside={<More href="/activity">{t("dashboardPage.allActivity")}</More>}
        >
          <ActivityList entries={entries} />
        </Card>
      </div>
      <div className="mt-5">
        <WhoHoldsWhat found={found} />
      </div>
    </AccountPage>
  );
}

function More(props: { href: string; children: string }) {
  return <TextLink className="text-sm font-normal text-muted" {...props} />;
}
