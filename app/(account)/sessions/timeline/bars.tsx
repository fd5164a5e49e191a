"use client";

import type { Bar, Mark, Way } from "./lanes";

// The shapes of a timeline, in SVG: its places are attributes, because our policy forbids inline styles.
// Each kind has a colour, a pattern and a sign of its own, so that none of these has to be seen.

/** The height of a lane, and the smallest width of what can be pressed, in pixels (WCAG 2.5.8). */
export const LANE = 28;
const TARGET = 24;

/** Of a bar, in pixels: its height, its top, and its smallest width. */
const HEIGHT = 16;
const TOP = (LANE - HEIGHT) / 2;
const LEAST = 4;

const COLOURS: Record<Way, string> = {
  active: "text-good",
  here: "text-muted",
  elsewhere: "text-brass",
  time: "text-control",
  safety: "text-danger",
};

/** What marks a bar that is hovered or focused, and with forced colours all of them. */
const LOOKED_AT =
  "group-hover:stroke-ink group-focus-visible:stroke-focus group-focus-visible:[stroke-width:3] forced-colors:text-[CanvasText] forced-colors:group-focus-visible:stroke-[Highlight]";

/** The part of a bar that its pattern leaves out. */
const GAPS = "fill-surface stroke-surface forced-colors:fill-[Canvas] forced-colors:stroke-[Canvas]";

/** The signs after a bar, in a square of 12 pixels. */
const SIGNS: Record<Way, string | null> = {
  active: null,
  here: "M1 6h9M6.5 2.5 10 6l-3.5 3.5",
  elsewhere: "M2.5 2.5h7v7h-7z",
  time: "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1M6 3.5V6l2 1.5",
  safety: "M6 1 11.5 11H.5zM6 4.5V7M6 9v.2",
};

const MARKS: Record<Mark, string> = { confirmed: "M0-5 5 0 0 5-5 0z", wrong: "M-3.5-3.5l7 7M-3.5 3.5l7-7" };

/** The patterns of the bars, once for a page. */
export function Patterns({ id }: { id: string }) {
  const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse" } as const;
  return (
    <svg className="absolute size-0" aria-hidden="true">
      <defs>
        <pattern id={`${id}-here`} {...box}>
          <path d="M0 3h6" strokeWidth="2" className={GAPS} />
        </pattern>
        <pattern id={`${id}-elsewhere`} {...box} patternTransform="rotate(45)">
          <path d="M0 3h6" strokeWidth="2.5" className={GAPS} />
        </pattern>
        <pattern id={`${id}-time`} {...box}>
          <circle cx="3" cy="3" r="1.6" className={GAPS} />
        </pattern>
        <pattern id={`${id}-safety`} {...box} patternTransform="rotate(45)">
          <path d="M0 3h6M3 0v6" strokeWidth="1.5" className={GAPS} />
        </pattern>
      </defs>
    </svg>
  );
}

type ShapeProps = {
  bar: Pick<Bar, "start" | "end" | "kind" | "isOlder" | "marks" | "count">;
  /** The id of the patterns. */
  patterns: string;
  isRtl: boolean;
};

/** A bar with its sign and marks, and around it the area that can be pressed. */
export function Shape({ bar: { start, end, kind, isOlder, marks, count }, patterns, isRtl }: ShapeProps) {
  const x = (at: number) => `${isRtl ? 100 - at : at}%`;
  // What has a size in pixels continues in the direction of time.
  const onwards = (width: number, from = 0) => ({ x: isRtl ? -from - width : from, width });
  const whole = { x: x(isRtl ? end : start), width: `${end - start}%` };
  return (
    <>
      <rect {...whole} height={LANE} fill="transparent" />
      <svg x={x(end)} className="overflow-visible">
        <rect {...onwards(TARGET)} height={LANE} fill="transparent" />
      </svg>
      {kind === "failed" ? (
        <Failed x={x(start)} isRtl={isRtl} count={count} />
      ) : (
        <g className={`${COLOURS[kind]} fill-current stroke-current ${LOOKED_AT}`}>
          <rect {...whole} y={TOP} height={HEIGHT} />
          <svg x={x(start)} className="overflow-visible">
            <rect {...onwards(LEAST)} y={TOP} height={HEIGHT} />
            {isOlder && <path d={`M0 ${TOP}L${isRtl ? 8 : -8} ${LANE / 2}L0 ${TOP + HEIGHT}z`} />}
          </svg>
          {kind !== "active" && (
            <rect {...whole} y={TOP} height={HEIGHT} fill={`url(#${patterns}-${kind})`} stroke="none" />
          )}
        </g>
      )}
      {kind !== "failed" && <Sign kind={kind} x={x(end)} isRtl={isRtl} />}
      {marks.map(({ at, mark }) => (
        <svg key={`${at} ${mark}`} x={x(at)} y={LANE / 2} className="overflow-visible">
          <MarkShape mark={mark} />
        </svg>
      ))}
    </>
  );
}

function Sign({ kind, x, isRtl }: { kind: Way; x: string; isRtl: boolean }) {
  const sign = SIGNS[kind];
  if (!sign) return null;
  return (
    <svg x={x} y={(LANE - 12) / 2} className={`overflow-visible ${COLOURS[kind]} forced-colors:text-[CanvasText]`}>
      <path
        d={sign}
        transform={isRtl ? "translate(-7) scale(-1 1)" : "translate(7)"}
        className="fill-none stroke-current"
        strokeWidth="1.5"
      />
    </svg>
  );
}

/** A mark on a bar, around the origin. */
export function MarkShape({ mark }: { mark: Mark }) {
  if (mark === "confirmed")
    return (
      <path
        d={MARKS.confirmed}
        className="fill-surface stroke-ink forced-colors:fill-[Canvas] forced-colors:stroke-[CanvasText]"
        strokeWidth="1.5"
      />
    );
  return (
    <>
      <circle
        r="6"
        className="fill-surface stroke-danger forced-colors:fill-[Canvas] forced-colors:stroke-[CanvasText]"
      />
      <path d={MARKS.wrong} className="stroke-danger forced-colors:stroke-[CanvasText]" strokeWidth="2" />
    </>
  );
}

function Failed({ x, isRtl, count }: { x: string; isRtl: boolean; count: string | null | undefined }) {
  return (
    <svg x={x} y={LANE / 2} className="overflow-visible">
      <g transform={`translate(${isRtl ? -7 : 7})`}>
        <circle r="8.5" className={`fill-none stroke-transparent ${LOOKED_AT}`} />
        <MarkShape mark="wrong" />
      </g>
      {count && (
        <text
          x={isRtl ? -16 : 16}
          dy="0.35em"
          // In texts from right to left, that is the right end.
          textAnchor="start"
          className="fill-danger text-xs forced-colors:fill-[CanvasText]"
        >
          {count}
        </text>
      )}
    </svg>
  );
}
