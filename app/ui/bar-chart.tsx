import { scaleBand, scaleLinear } from "d3-scale";

const WIDTHS = { wide: 720, narrow: 440 };
const HEIGHT = 140;
const MARGIN = { top: 12, bottom: 22, left: 34, right: 14 };

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });

const COLOURS = {
  good: { bar: "fill-good", legend: "bg-good" },
  danger: { bar: "fill-danger", legend: "bg-danger" },
  brass: { bar: "fill-brass", legend: "bg-brass" },
};

type Series = {
  /** What is counted, such as "failures". */
  name: string;
  colour: keyof typeof COLOURS;
  /** One for each day. */
  counts: number[];
  /** What stands in the legend beside the name: the sum, unless it says otherwise. */
  total?: number;
};

type Props = {
  /** As YYYY-MM-DD, oldest first. */
  days: string[];
  /** Stacked, the first at the bottom. */
  series: Series[];
  /** Where it has half a page, so that its words are as large as elsewhere. */
  isNarrow?: boolean;
};

/** Counts by day, as bars. Drawn on the server; the same figures stand in a table below. */
export function BarChart({ days, series, isNarrow }: Props) {
  const width = isNarrow ? WIDTHS.narrow : WIDTHS.wide;
  const heights = days.map((_, day) => series.map(({ counts }) => counts[day] ?? 0));
  const most = Math.max(4, ...heights.map((counts) => counts.reduce((sum, count) => sum + count, 0)));
  const x = scaleBand(days, [MARGIN.left, width - MARGIN.right]).padding(0.25);
  const y = scaleLinear([0, most], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const below = (day: number, index: number) =>
    series.slice(0, index).reduce((sum, { counts }) => sum + (counts[day] ?? 0), 0);

  return (
    <figure>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} className="w-full" aria-hidden="true">
        {y
          .ticks(4)
          .filter(Number.isInteger)
          .map((tick) => (
            <g key={tick}>
              <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} className="stroke-line" />
              <text x={MARGIN.left - 8} y={y(tick)} dy="0.32em" textAnchor="end" className="fill-muted text-[10px]">
                {COMPACT.format(tick)}
              </text>
            </g>
          ))}
        {days.map((day, index) => (
          <g key={day}>
            {series.map(({ name, colour, counts }, position) => {
              const count = counts[index] ?? 0;
              return (
                <rect
                  key={name}
                  x={x(day)}
                  width={x.bandwidth()}
                  y={y(below(index, position) + count)}
                  height={y(0) - y(count)}
                  className={COLOURS[colour].bar}
                />
              );
            })}
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
        {series.map(({ name, colour, counts, total = sum(counts) }) => (
          <span key={name} className="inline-flex items-center gap-2">
            <span className={`size-2.5 rounded-sm ${COLOURS[colour].legend}`} aria-hidden="true" />
            <span>
              {total.toLocaleString("en")} {name}
            </span>
          </span>
        ))}
        <span>in the last 30 days, by UTC</span>
      </figcaption>
      <details className="mt-3 text-sm">
        <summary className="cursor-pointer text-muted hover:text-ink">The figures as a table</summary>
        <table className="mt-2 w-full max-w-md text-left tabular-nums">
          <thead>
            <tr className="border-b border-line">
              <th className="py-1 font-medium">Day</th>
              {series.map(({ name }) => (
                <th key={name} className="py-1 text-right font-medium first-letter:uppercase">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days
              .map((day, index) => ({ day, counts: heights[index] ?? [] }))
              .reverse()
              .map(({ day, counts }) => (
                <tr key={day} className="border-b border-line">
                  <td className="py-1">{day}</td>
                  {series.map(({ name }, position) => (
                    <td key={name} className="py-1 text-right">
                      {counts[position]?.toLocaleString("en")}
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function shortDay(day: string): string {
  return DAY.format(new Date(day));
}
