import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { findOverview } from "@/lib/auth/overview";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { ActivityList } from "../activity/activity-list";
import { Devices } from "./devices";
import { Greeting } from "./greeting";
import { AccountNotices } from "./notices";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("dashboardPage.title") };
}

/** Answers three questions at a glance: whether the account is safe, which devices are logged in, and what happened. */
export default async function DashboardPage() {
  const found = await requireSession();
  const { t } = words();
  // Read everything before anything is sent: then an outage can still be a 503, and the page is complete without
  // JavaScript.
  const { notices, sessions, entries, recovery } = await findOverview(found);

  return (
    <AccountPage found={found} recovery={recovery} title={<Greeting />}>
      <AccountNotices initial={notices} />
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title={t("dashboardPage.devices")} aside={<More href="/sessions">{t("dashboardPage.allSessions")}</More>}>
          <Devices initial={sessions} />
        </Card>
        <Card
          title={t("dashboardPage.recentActivity")}
          aside={<More href="/activity">{t("dashboardPage.allActivity")}</More>}
        >
          <ActivityList entries={entries} />
        </Card>
      </div>
      <p className="mt-4 flex flex-wrap gap-x-5">
        <More href="/dashboard/how-it-works">{t("dashboardPage.howItWorks")}</More>
        <More href="/dashboard/how-it-works#copy">{t("dashboardPage.stolenCookie")}</More>
      </p>
      <PlacesNote />
    </AccountPage>
  );
}

function More(props: { href: string; children: string }) {
  return <TextLink className="text-sm font-normal text-muted" {...props} />;
}
