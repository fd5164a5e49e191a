import { scaleBand, scaleLinear } from "d3-scale";
import type { Day } from "@/lib/ledger/activity";

const WIDTH = 720;
const HEIGHT = 140;
const MARGIN = { top: 12, bottom: 22, left: 28, right: 4 };

/** Sign-ins and failures of the last 30 days. Drawn on the server; the same figures stand in a table below. */
export function ActivityChart({ days }: { days: Day[] }) {
  const most = Math.max(4, ...days.map(({ signIns, failures }) => signIns + failures));
  const x = scaleBand(
    days.map(({ day }) => day),
    [MARGIN.left, WIDTH - MARGIN.right],
  ).padding(0.25);
  const y = scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const height = (count: number) => y(0) - y(count);

  return (
    <figure>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full" aria-hidden="true">
        {y
          .ticks(4)
          .filter(Number.isInteger)
          .map((tick) => (
            <g key={tick}>
              <line x1={MARGIN.left} x2={WIDTH - MARGIN.right} y1={y(tick)} y2={y(tick)} className="stroke-line" />
              <text x={MARGIN.left - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="fill-muted text-[10px]">
                {tick}
              </text>
            </g>
          ))}
        {days.map(({ day, signIns, failures }, index) => (
          <g key={day}>
            <rect x={x(day)} width={x.bandwidth()} y={y(signIns)} height={height(signIns)} className="fill-good" />
            <rect
              x={x(day)}
              width={x.bandwidth()}
              y={y(signIns + failures)}
              height={height(failures)}
              className="fill-danger"
            />
            {index % 7 === 1 && (
              <text
                x={(x(day) ?? 0) + x.bandwidth() / 2}
                y={HEIGHT - 6}
                textAnchor="middle"
                className="fill-muted text-[10px]"
              >
                {shortDay(day)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <figcaption className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        <Legend colour="bg-good">{sum(days, "signIns")} sign-ins</Legend>
        <Legend colour="bg-danger">{sum(days, "failures")} failures</Legend>
        <span>in the last 30 days, by UTC</span>
      </figcaption>
      <details className="mt-3 text-sm">
        <summary className="cursor-pointer text-muted hover:text-ink">The figures as a table</summary>
        <table className="mt-2 w-full max-w-md text-left tabular-nums">
          <thead>
            <tr className="border-b border-line">
              <th className="py-1 font-medium">Day</th>
              <th className="py-1 text-right font-medium">Sign-ins</th>
              <th className="py-1 text-right font-medium">Failures</th>
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map(({ day, signIns, failures }) => (
              <tr key={day} className="border-b border-line">
                <td className="py-1">{day}</td>
                <td className="py-1 text-right">{signIns}</td>
                <td className="py-1 text-right">{failures}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Legend({ colour, children }: { colour: string; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-2">
      <span className={`size-2.5 rounded-sm ${colour}`} aria-hidden="true" />
      <span>{children}</span>
    </span>
  );
}

function sum(days: Day[], what: "signIns" | "failures"): number {
  return days.reduce((total, day) => total + day[what], 0);
}

function shortDay(day: string): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day));
}
