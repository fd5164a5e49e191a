import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { Pager } from "@/app/ui/link/pager";
import { listActivity, parseCursor } from "@/lib/ledger/activity";
import { countByDay } from "@/lib/ledger/daily";
import { parseKind } from "@/lib/ledger/lines";
import { requireSession } from "@/lib/session/current";
import { AccountPage } from "../account-page";
import { ActivityChart } from "./activity-chart";
import { ActivityFiles, ActivityFilter } from "./activity-filter";
import { ActivityList } from "./activity-list";

export const metadata: Metadata = { title: "Activity" };

export default async function ActivityPage({ searchParams }: PageProps<"/activity">) {
  const found = await requireSession();
  const query = await searchParams;
  const [kind, before] = [parseKind(query.kind), parseCursor(query.before)];
  const [days, { entries, next }] = await Promise.all([
    countByDay(found.user.id),
    listActivity(found.user.id, { kind, before }),
  ]);

  return (
    <AccountPage found={found} title="Activity">
      <div className="grid gap-5">
        <Card title="Sign-ins and failures">
          <ActivityChart days={days} />
        </Card>
        <Card title={before ? "Earlier" : "What happened"} aside={<ActivityFiles path="/activity" kind={kind} />}>
          <ActivityFilter path="/activity" kind={kind} />
          {entries.length === 0 ? (
            <p className="py-6 text-muted">
              <span>{before ? "Nothing of this kind before that." : "Nothing of this kind yet."}</span>
              <span>
                {" "}
                What happens to your account is written down here: sign-ins, failed attempts, sign-outs and changes.
              </span>
            </p>
          ) : (
            <ActivityList entries={entries} />
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
