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
import { words } from "@/lib/words";
import { AdminPage } from "./admin-page";
import { titled } from "./titled";

export const generateMetadata = () => titled("adminPage.administration");

export default async function OverviewPage() {
  const found = await requireRole("admin");
  const { t, timeZone } = words();
  const reader = { timeZone, now: found.now };
  const [users, live, days, liveByDay, throttledByDay] = await Promise.all([
    countUsers(),
    sessionStore().count({}),
    countByDay(null, reader),
    readByDay("live", reader),
    readByDay("throttled", reader),
  ]);

  return (
    <AdminPage found={found} title={t("adminPage.administration")}>
      <dl className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure name={t("adminPage.liveSessions")} count={live} isCapped href="/admin/sessions" />
        <Figure name={t("adminPage.users")} count={users.all} href="/admin/users" />
        <Figure name={t("adminPage.administrators")} count={users.administrators} href="/admin/users?role=admin" />
        <Figure name={t("adminPage.disabled")} count={users.disabled} href="/admin/users?state=disabled" />
      </dl>
      <div className="grid grid-cols-1 gap-5 lg:grid-cols-2">
        <Card
          title={t("adminPage.signIns")}
          aside={<More href="/admin/activity?kind=sign-ins">{t("adminPage.inTheLedger")}</More>}
        >
          <BarChart
            days={days.map(({ day }) => day)}
            series={[{ name: "sign-ins", colour: "good", counts: days.map(({ signIns }) => signIns) }]}
          />
        </Card>
        <Card
          title={t("adminPage.failures")}
          aside={<More href="/admin/activity?kind=failures">{t("adminPage.inTheLedger")}</More>}
        >
          <BarChart
            days={days.map(({ day }) => day)}
            series={[{ name: "failures", colour: "danger", counts: days.map(({ failures }) => failures) }]}
          />
        </Card>
        <Card title={t("adminPage.liveSessions")}>
          <BarChart
            days={liveByDay.map(({ day }) => day)}
            series={[
              {
                name: "live",
                colour: "good",
                counts: liveByDay.map(({ count }) => count),
                total: Math.max(...liveByDay.map(({ count }) => count)),
              },
            ]}
          />
        </Card>
        <Card title={t("adminPage.throttled")}>
          <BarChart
            days={throttledByDay.map(({ day }) => day)}
            series={[{ name: "throttled", colour: "brass", counts: throttledByDay.map(({ count }) => count) }]}
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
  const { t, number } = words();
  return (
    <div className="rounded-xl border border-line bg-surface p-4 sm:p-5">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="mt-1 text-2xl font-semibold tabular-nums">
        <Link href={href} className="hover:underline">
          {count > COUNTED && isCapped ? t("adminPage.atLeast", { count: COUNTED }) : number(count)}
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
