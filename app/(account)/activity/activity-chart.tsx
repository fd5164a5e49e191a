import { BarChart } from "@/app/ui/bar-chart";
import type { Day } from "@/lib/ledger/daily";

/** Log-ins and failed log-ins of the last 30 days. */
export function ActivityChart({ days }: { days: Day[] }) {
  return (
    <BarChart
      days={days.map(({ day }) => day)}
      series={[
        { name: "sign-ins", colour: "good", counts: days.map(({ signIns }) => signIns) },
        { name: "failures", colour: "danger", counts: days.map(({ failures }) => failures) },
      ]}
    />
  );
}
