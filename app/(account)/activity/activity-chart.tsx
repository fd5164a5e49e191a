import { BarChart } from "@/app/ui/bar-chart";
import type { Day } from "@/lib/ledger/daily";
import { words } from "@/lib/words";

/** Log-ins and failed log-ins of the last 30 days. */
export function ActivityChart({ days }: { days: Day[] }) {
  const { t } = words();
  return (
    <BarChart
      days={days.map(({ day }) => day)}
      series={[
        { name: t("activityPage.signIns"), colour: "good", counts: days.map(({ signIns }) => signIns) },
        { name: t("activityPage.failures"), colour: "danger", counts: days.map(({ failures }) => failures) },
      ]}
    />
  );
}
