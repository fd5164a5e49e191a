import type { Metadata } from "next";
import type { ReactNode } from "react";
import { BarChart } from "@/app/ui/bar-chart";
import { Card } from "@/app/ui/card";
import { Link } from "@/app/ui/link/link";
import { TextLink } from "@/app/ui/link/text-link";
import { COUNTED } from "@/lib/capped-count";
import { countByDay } from "@/lib/ledger/daily";
import { readByDay } from "@/lib/ledger/hourly";
import { requireRole } from "@/lib/session/current";
import { sessionStore } from "@/lib/session/store";
import { countUsers } from "@/lib/users/directory";
import { AdminPage } from "./admin-page";

export const metadata: Metadata = { title: "Administration" };

export default async function OverviewPage() {
  const found = await requireRole("admin");
  const [users, live, days, liveByDay, throttledByDay] = await Promise.all([
    countUsers(),
    sessionStore().count({}),
    countByDay(null),
    readByDay("live"),
    readByDay("throttled"),
  ]);

  return (
    <AdminPage found={found} title="Administration">
      <dl className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure name="Live sessions" count={live} isCapped href="/admin/sessions" />
        <Figure name="Users" count={users.all} href="/admin/users" />
        <Figure name="Administrators" count={users.administrators} href="/admin/users?role=admin" />
        <Figure name="Disabled" count={users.disabled} href="/admin/users?state=disabled" />
      </dl>
      <div className="grid gap-5 lg:grid-cols-2">
        <Card title="Sign-ins" aside={<More href="/admin/activity?kind=sign-ins">In the ledger</More>}>
          <BarChart
            days={days.map(({ day }) => day)}
            series={[{ name: "sign-ins", colour: "good", counts: days.map(({ signIns }) => signIns) }]}
          />
        </Card>
        <Card title="Failures" aside={<More href="/admin/activity?kind=failures">In the ledger</More>}>
          <BarChart
            days={days.map(({ day }) => day)}
            series={[{ name: "failures", colour: "danger", counts: days.map(({ failures }) => failures) }]}
          />
        </Card>
        <Card title="Live sessions">
          <BarChart
            days={liveByDay.map(({ day }) => day)}
            series={[
              {
                name: "at most at once",
                colour: "good",
                counts: liveByDay.map(({ count }) => count),
                total: Math.max(...liveByDay.map(({ count }) => count)),
              },
            ]}
          />
        </Card>
        <Card title="Guesses that had to wait">
          <BarChart
            days={throttledByDay.map(({ day }) => day)}
            series={[
              { name: "refused for being too many", colour: "brass", counts: throttledByDay.map(({ count }) => count) },
            ]}
          />
        </Card>
      </div>
    </AdminPage>
  );
}

type FigureProps = {
  name: string;
  count: number;
  /** Whether counting stopped after `COUNTED`. */
  isCapped?: boolean;
  href: string;
};

function Figure({ name, count, isCapped, href }: FigureProps) {
  return (
    <div className="rounded-xl border border-line bg-surface p-4 sm:p-5">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="mt-1 text-2xl font-semibold tabular-nums">
        <Link href={href} className="hover:underline">
          {count > COUNTED && isCapped ? `${COUNTED.toLocaleString("en")}+` : count.toLocaleString("en")}
        </Link>
      </dd>
    </div>
  );
}

function More({ href, children }: { href: string; children: ReactNode }) {
  return (
    <TextLink href={href} className="text-sm font-normal text-muted">
      {children}
    </TextLink>
  );
}
