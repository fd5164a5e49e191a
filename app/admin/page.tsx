import type { ReactNode } from "react";
import { BarChart } from "@/app/ui/bar-chart";
import { Card } from "@/app/ui/card";
import { Link } from "@/app/ui/link/link";
import { address } from "@/app/ui/link/pager";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { Cell, Row, RowHead, Table } from "@/app/ui/table";
import { COUNTED } from "@/lib/capped-count";
import { describePlace } from "@/lib/http/place";
import { countByDay } from "@/lib/ledger/daily";
import { type FailingAddress, findFailingAddresses } from "@/lib/ledger/failing";
import { readByDay } from "@/lib/ledger/hourly";
import { requireRole } from "@/lib/session/current";
import { onlineTime } from "@/lib/session/policy";
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
  const usedSince = new Date(found.now.getTime() - onlineTime());
  const [users, live, online, failing, days, liveByDay, throttledByDay] = await Promise.all([
    countUsers(),
    sessionStore().count({}),
    sessionStore().count({ usedSince }),
    findFailingAddresses(),
    countByDay(null, reader),
    readByDay("live", reader),
    readByDay("throttled", reader),
  ]);

  return (
    <AdminPage found={found} title={t("adminPage.administration")}>
      <dl className="mb-5 grid grid-cols-2 gap-3 lg:grid-cols-5">
        <Figure name={t("adminPage.online")} count={online} isCapped />
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
        <div className="lg:col-span-2">
          <Card title={t("adminPage.failing")}>
            <FailingAddresses addresses={failing} />
          </Card>
        </div>
      </div>
      <PlacesNote />
    </AdminPage>
  );
}

type FigureProps = {
  name: string;
  count: number;
  /** Whether counting stopped after `COUNTED`. */
  isCapped?: boolean;
  /** Where the list of these is. */
  href?: string;
};

function Figure({ name, count, isCapped, href }: FigureProps) {
  const { t, number } = words();
  const text = count > COUNTED && isCapped ? t("adminPage.atLeast", { count: COUNTED }) : number(count);
  return (
    <div className="rounded-xl border border-line bg-surface p-4 sm:p-5">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="mt-1 text-2xl font-semibold tabular-nums">
        {href ? (
          <Link href={href} className="hover:underline">
            {text}
          </Link>
        ) : (
          text
        )}
      </dd>
    </div>
  );
}

function FailingAddresses({ addresses }: { addresses: FailingAddress[] }) {
  const { t, number } = words();
  if (addresses.length === 0) return <p className="text-sm text-muted">{t("adminPage.failingNone")}</p>;

  const [name, failures, accounts] = [t("adminPage.address"), t("adminPage.failedCount"), t("adminPage.accountCount")];
  return (
    <>
      <Table name={t("adminPage.failing")} heads={[{ name }, { name: failures }, { name: accounts }]}>
        {addresses.map((each) => (
          <Row key={each.address}>
            <RowHead>
              <TextLink href={address("/admin/activity", { kind: "failures", address: each.address })}>
                <bdi>{each.address}</bdi>
              </TextLink>
              <span className="block font-normal text-muted">{describePlace(each.address, words())}</span>
            </RowHead>
            <Cell name={failures}>{number(each.failures)}</Cell>
            <Cell name={accounts}>{number(each.accounts)}</Cell>
          </Row>
        ))}
      </Table>
      <p className="mt-2 text-sm text-muted">{t("adminPage.failingHint")}</p>
    </>
  );
}

function More({ href, children }: { href: string; children: ReactNode }) {
  return (
    <TextLink href={href} className="text-sm font-normal text-muted">
      {children}
    </TextLink>
  );
}
