import type { Metadata } from "next";
import { Suspense } from "react";
import { Card } from "@/app/ui/card";
import { TextLink } from "@/app/ui/text-link";
import { listActivity } from "@/lib/ledger/activity";
import { findNotices } from "@/lib/ledger/notices";
import { requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/shown";
import type { Found } from "@/lib/session/store";
import { AccountPage } from "../account-page";
import { ActivityList } from "../activity/activity-list";
import { AccountNotices } from "./notices";
import { OtherBrowsers } from "./other-browsers";
import { ThisSession } from "./this-session";
import { WhoHoldsWhat } from "./who-holds-what";

export const metadata: Metadata = { title: "Dashboard" };

/** Entries shown of what happened last. */
const RECENT = 3;

export default async function DashboardPage() {
  const found = await requireSession();

  return (
    <AccountPage found={found} title={`Hello, ${found.user.name}`}>
      <Suspense>
        <Notices found={found} />
      </Suspense>
      <div className="grid items-start gap-5 lg:grid-cols-3">
        <Card title="This session">
          <ThisSession idleLifetime={found.lifetimes.idle} publicComputer={found.session.publicComputer} />
        </Card>
        <Card title="Other browsers" aside={<More href="/sessions">All sessions</More>}>
          <Suspense fallback={<Skeleton lines={2} />}>
            <Others found={found} />
          </Suspense>
        </Card>
        <Card title="What happened last" aside={<More href="/activity">All activity</More>}>
          <Suspense fallback={<Skeleton lines={RECENT} />}>
            <Recent found={found} />
          </Suspense>
        </Card>
      </div>
      <div className="mt-5">
        <WhoHoldsWhat found={found} />
      </div>
    </AccountPage>
  );
}

async function Notices({ found }: { found: Found }) {
  return <AccountNotices initial={await findNotices(found)} />;
}

async function Others({ found }: { found: Found }) {
  return <OtherBrowsers initial={await showSessions(found)} />;
}

async function Recent({ found }: { found: Found }) {
  const { entries } = await listActivity(found.user.id, { kind: null, before: null }, RECENT);
  return <ActivityList entries={entries} isNarrow />;
}

function More(props: { href: string; children: string }) {
  return <TextLink className="text-sm font-normal text-muted" {...props} />;
}

/** The shape of what is still being looked up. */
function Skeleton({ lines }: { lines: number }) {
  return (
    <div className="flex animate-pulse flex-col gap-4 py-3" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={index} className="h-4 rounded bg-sunken" />
      ))}
    </div>
  );
}
