import { scaleBand, scaleLinear } from "d3-scale";
import { useId } from "react";
import { words, wordsIn } from "@/lib/words";

/** The upper limit and the base of the bars, in percent from the top. The days are below the base. */
const TOP = 6;
const GROUND = 84;

/** One in this many days has a label. Narrow charts show only every second label. */
const NAMED_EVERY = 7;

/** The bars' colours. With forced colours, or in print, stripes distinguish the second series. */
const COLOURS = {
  good: "fill-good forced-colors:fill-[CanvasText]",
  danger: "fill-danger forced-colors:fill-[CanvasText]",
  brass: "fill-brass forced-colors:fill-[CanvasText]",
};

type Series = {
  /** What the series counts. */
  name: "sign-ins" | "failures" | "live" | "throttled";
  colour: keyof typeof COLOURS;
  /** One count for each day. */
  counts: number[];
  /** The number in the legend. Defaults to the sum of the counts. */
  total?: number;
};

type Props = {
  /** The days of the reader's time zone as YYYY-MM-DD, oldest first. */
  days: string[];
  /** The series, stacked with the first at the bottom. */
  series: Series[];
};

/**
 * A bar chart of counts by day, drawn on the server, with the same figures in a table
 * below. All positions are percentages, so that the text keeps its size.
 */
export function BarChart({ days, series }: Props) {
  const stripes = useId();
  const { t, number, locale, timeZone } = words();
  // Formatted in UTC, because `new Date(day)` is midnight in UTC: in another time zone that can be the day before.
  const utc = wordsIn(locale);
  const dayInWords = (day: string, length?: "short") => utc.day(new Date(day), length);
  const heights = days.map((_, day) => series.map(({ counts }) => counts[day] ?? 0));
  const most = Math.max(4, ...heights.map((counts) => counts.reduce((sum, count) => sum + count, 0)));
  const x = scaleBand(days, [0, 100]).padding(0.25);
  const y = scaleLinear([0, most], [GROUND, TOP]).nice(4);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const below = (day: number, index: number) =>
    series.slice(0, index).reduce((sum, { counts }) => sum + (counts[day] ?? 0), 0);

  return (
    <figure>
      <div className="@container flex gap-2" aria-hidden="true">
        <svg className="h-40 w-8 shrink-0 overflow-visible">
          {ticks.map((tick) => (
            <text key={tick} x="100%" y={`${y(tick)}%`} dy="0.32em" textAnchor="end" className="fill-muted text-xs">
              {number(tick, "compact")}
            </text>
          ))}
        </svg>
        <svg className="h-40 w-full min-w-0 overflow-visible">
          <Stripes id={stripes} />
          {ticks.map((tick) => (
            <line key={tick} x1="0" x2="100%" y1={`${y(tick)}%`} y2={`${y(tick)}%`} className="stroke-line" />
          ))}
          {days.map((day, index) => (
            <g key={day}>
              {series.map(({ name, colour, counts }, position) => {
                const count = counts[index] ?? 0;
                return (
                  <Bar
                    key={name}
                    colour={colour}
                    stripes={position > 0 ? stripes : null}
                    x={`${x(day)}%`}
                    width={`${x.bandwidth()}%`}
                    y={`${y(below(index, position) + count)}%`}
                    height={`${GROUND - y(count)}%`}
                  />
                );
              })}
              {index % NAMED_EVERY === 1 && (
                <DayName day={day} index={index} isLast={index === days.length - 1} x={x}>
                  {dayInWords(day, "short")}
                </DayName>
              )}
            </g>
          ))}
        </svg>
      </div>
      <figcaption className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
        {series.map(({ name, colour, counts, total = sum(counts) }, position) => (
          <span key={name} className="inline-flex items-center gap-2">
            <svg className="size-2.5 shrink-0" aria-hidden="true">
              <Bar colour={colour} stripes={position > 0 ? stripes : null} width="100%" height="100%" rx="2" />
            </svg>
            <span>{t(`chart.total-${name}`, { total })}</span>
          </span>
        ))}
        <span>{t(timeZone ? "chart.span" : "chart.spanInUtc")}</span>
      </figcaption>
      <details className="mt-3 text-sm">
        <summary className="cursor-pointer text-muted hover:text-ink">{t("chart.asTable")}</summary>
        <table className="mt-2 w-full max-w-md text-left tabular-nums">
          <thead>
            <tr className="border-b border-line">
              <th className="py-1 font-medium">{t("chart.day")}</th>
              {series.map(({ name }) => (
                <th key={name} className="py-1 text-right font-medium first-letter:uppercase">
                  {t(`chart.${name}`)}
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
                  <td className="py-1">{dayInWords(day)}</td>
                  {series.map(({ name }, position) => (
                    <td key={name} className="py-1 text-right">
                      {number(counts[position] ?? 0)}
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

type BarProps = React.SVGProps<SVGRectElement> & {
  colour: keyof typeof COLOURS;
  /** The id of the stripes to draw over the bar where colours are not enough; null for none. */
  stripes: string | null;
};

function Bar({ colour, stripes, ...place }: BarProps) {
  return (
    <>
      <rect {...place} className={COLOURS[colour]} />
      {stripes && <rect {...place} fill={`url(#${stripes})`} className="hidden forced-colors:block print:block" />}
    </>
  );
}

function Stripes({ id }: { id: string }) {
  return (
    <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="2.5" height="5" className="fill-surface forced-colors:fill-[Canvas]" />
    </pattern>
  );
}

type DayNameProps = {
  day: string;
  index: number;
  isLast: boolean;
  x: ReturnType<typeof scaleBand<string>>;
  children: string;
};

/** The label of a day. The last one ends with its bar, so that it does not overflow the chart. */
function DayName({ day, index, isLast, x, children }: DayNameProps) {
  const start = x(day) ?? 0;
  return (
    <text
      x={`${isLast ? start + x.bandwidth() : start + x.bandwidth() / 2}%`}
      y="99%"
      textAnchor={isLast ? "end" : "middle"}
      className={`fill-muted text-xs ${index % (2 * NAMED_EVERY) === 1 ? "" : "hidden @sm:block"}`}
    >
      {children}
    </text>
  );
}

function sum(counts: number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
