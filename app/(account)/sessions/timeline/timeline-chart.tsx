"use client";

import { ShieldAlert } from "lucide-react";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type PointerEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Isolated } from "@/app/ui/isolated";
import type { Device } from "@/lib/http/user-agent";
import { DEVICES } from "../session-look";
import { LANE, MarkShape, Patterns, Shape } from "./bars";
import { type Bar, type Mark, type Step, stepFrom, type Way } from "./lanes";

export type Group = { name: string; icon: Device | "failed"; lanes: Bar[][] };

/** The name of a day on the axis, and where the day begins, in percent. */
export type Tick = { at: number; name: string };

type Props = {
  /** Its name, and how to use it with the keyboard, for screen readers. */
  name: string;
  hint: string;
  groups: Group[];
  ticks: Tick[];
  /** What the kinds of bars and marks mean: of those that there are. */
  legend: { kind: Way | Mark; meaning: string }[];
  isRtl: boolean;
};

/** The bar that is being looked at, and where on the screen. */
type Shown = { bar: Bar; element: Element; x: number };

const ICONS = { ...DEVICES, failed: ShieldAlert };

/**
 * A timeline: a bar per session, in lanes, under the name of its device. One bar can be reached with Tab, the others with
 * the arrow keys. What a bar says is shown when it is focused, hovered or tapped. Without JavaScript, a bar leads to its
 * row in the table.
 */
export function TimelineChart({ name, hint, groups, ticks, legend, isRtl }: Props) {
  const [last, setLast] = useState<string | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const chart = useRef<HTMLDivElement>(null);
  const [id, patterns] = [useId(), useId()];
  const lanes = groups.flatMap((group) => group.lanes);
  const rows = lanes.flat().map(({ row }) => row);
  // The bar that was focused last may be gone when the page has been refreshed.
  const stop = rows.find((row) => row === last) ?? rows[0];

  const move = (event: KeyboardEvent) => {
    const step = stepOf(event.key, isRtl);
    const lane = lanes.findIndex((bars) => bars.some(({ row }) => row === stop));
    const index = lanes[lane]?.findIndex(({ row }) => row === stop) ?? -1;
    const to =
      step && !event.ctrlKey && !event.altKey && !event.metaKey ? stepFrom(lanes, { lane, index }, step) : null;
    const row = to && lanes[to.lane]?.[to.index]?.row;
    if (step) event.preventDefault();
    if (row) chart.current?.querySelector<SVGAElement>(`a[href="#${row}"]`)?.focus();
  };

  return (
    <figure>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form */}
      <div
        ref={chart}
        role="group"
        aria-label={name}
        aria-describedby={id}
        onKeyDown={move}
        className="@container relative overflow-x-clip ps-2.5 pe-7 max-sm:-mx-2"
      >
        <p id={id} className="sr-only">
          {hint}
        </p>
        <Patterns id={patterns} />
        <Axis ticks={ticks} isRtl={isRtl} />
        <Groups
          groups={groups}
          ticks={ticks}
          stop={stop}
          patterns={patterns}
          isRtl={isRtl}
          onShow={setShown}
          onStop={setLast}
        />
        {shown && <Tooltip shown={shown} chart={chart.current} onClose={() => setShown(null)} />}
      </div>
      <figcaption className="mt-4">
        <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-muted">
          {legend.map(({ kind, meaning }) => (
            <li key={kind} className="inline-flex items-center gap-2">
              <Sample kind={kind} patterns={patterns} isRtl={isRtl} />
              <span>{meaning}</span>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

function stepOf(key: string, isRtl: boolean): Step | null {
  const steps: Record<string, Step> = {
    ArrowRight: isRtl ? "previous" : "next",
    ArrowLeft: isRtl ? "next" : "previous",
    ArrowUp: "up",
    ArrowDown: "down",
    Home: "first",
    End: "last",
  };
  return steps[key] ?? null;
}

/** The names of some days. A narrow chart shows every second one, and one with large text only the first and the last. */
function Axis({ ticks, isRtl }: Pick<Props, "ticks" | "isRtl">) {
  return (
    <svg className="h-6 w-full overflow-visible" aria-hidden="true">
      {ticks.map(({ at, name }, index) => {
        const isLast = index === ticks.length - 1;
        const isSecond = (ticks.length - 1 - index) % 2 === 0;
        const room = isLast || index === 0 ? "" : isSecond ? "hidden @[12rem]:block" : "hidden @sm:block";
        return (
          <text
            key={at}
            x={`${isRtl ? 100 - at : at}%`}
            y="1em"
            textAnchor={isLast ? "end" : index === 0 ? "start" : "middle"}
            className={`fill-muted text-xs ${room}`}
          >
            {name}
          </text>
        );
      })}
    </svg>
  );
}

/** Where the timeline ends, in percent. */
const NOW = 100;

type GroupsProps = Pick<Props, "groups" | "ticks" | "isRtl"> & {
  /** The bar that Tab leads to. */
  stop: string | undefined;
  patterns: string;
  onShow: (shown: Shown | null) => void;
  onStop: (row: string) => void;
};

/** All bars. They are not drawn anew when only the tooltip changes. */
const Groups = memo(function Groups({ groups, ticks, stop, patterns, isRtl, onShow, onStop }: GroupsProps) {
  return groups.map(({ name, icon, lanes }) => {
    const Icon = ICONS[icon];
    return (
      <div key={`${icon} ${name}`} className="mt-1 break-inside-avoid">
        <p className="flex items-center gap-2 text-sm font-medium">
          <Icon className="size-4 shrink-0 text-muted" aria-hidden="true" />
          <span className="min-w-0 wrap-anywhere">{name}</span>
        </p>
        <svg height={lanes.length * LANE} className="w-full overflow-visible" role="presentation">
          {[...ticks.map(({ at }) => at), NOW].map((at) => (
            <line
              key={at}
              {...{ x1: `${isRtl ? 100 - at : at}%`, x2: `${isRtl ? 100 - at : at}%` }}
              y2="100%"
              className={at === NOW ? "stroke-control" : "stroke-line"}
            />
          ))}
          {lanes.map((bars, lane) => (
            <svg key={bars[0]?.row} y={lane * LANE} className="overflow-visible" role="presentation">
              {bars.map((bar) => (
                <a
                  key={bar.row}
                  href={`#${bar.row}`}
                  aria-label={bar.lines.join(". ")}
                  tabIndex={bar.row === stop ? 0 : -1}
                  className="group outline-none"
                  {...lookedAt(bar, onShow, onStop)}
                >
                  <Shape bar={bar} patterns={patterns} isRtl={isRtl} />
                </a>
              ))}
            </svg>
          ))}
        </svg>
      </div>
    );
  });
});

/** Shows what a bar says while it is focused or hovered, and after a click or a tap. Enter leads to its row in the table. */
function lookedAt(bar: Bar, onShow: GroupsProps["onShow"], onStop: GroupsProps["onStop"]) {
  const show = (element: Element, x = middleOf(element)) => onShow({ bar, element, x });
  return {
    onFocus: ({ currentTarget }: { currentTarget: Element }) => {
      onStop(bar.row);
      show(currentTarget);
    },
    onBlur: () => onShow(null),
    onPointerEnter: ({ pointerType, currentTarget, clientX }: PointerEvent) => {
      if (pointerType !== "touch") show(currentTarget, clientX);
    },
    onPointerLeave: ({ pointerType, currentTarget, relatedTarget }: PointerEvent) => {
      const isOnTooltip = relatedTarget instanceof Element && relatedTarget.closest("[data-tooltip]") !== null;
      if (pointerType !== "touch" && !isOnTooltip && document.activeElement !== currentTarget) onShow(null);
    },
    onClick: (event: MouseEvent) => {
      // A key and a screen reader press without a click.
      if (event.detail === 0) {
        onShow(null);
        document.getElementById(bar.row)?.closest("details")?.setAttribute("open", "");
        return;
      }
      event.preventDefault();
      show(event.currentTarget, event.clientX);
    },
  };
}

/** The middle of an element on the screen, in pixels from the left. */
function middleOf(element: Element): number {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}

/** How far a tooltip is from the pointer, in pixels. */
const ASIDE = 12;

type TooltipProps = { shown: Shown; chart: HTMLElement | null; onClose: () => void };

/** What a bar says, below the bar, or above it where there is no room. Escape closes it, and so does a tap elsewhere. */
function Tooltip({ shown: { bar, element, x }, chart, onClose }: TooltipProps) {
  const box = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!box.current || !chart) return;
    const [its, all] = [element.getBoundingClientRect(), chart.getBoundingClientRect()];
    const { offsetWidth: width, offsetHeight: height } = box.current;
    const isBelow = its.bottom + height < innerHeight || its.top < height;
    // Beside the pointer, which can so move on to the next bar.
    const [after, before] = [x - all.left + ASIDE, x - all.left - ASIDE - width];
    const left = after + width <= all.width ? after : before;
    box.current.style.left = `${Math.max(0, Math.min(left, all.width - width))}px`;
    box.current.style.top = `${(isBelow ? its.bottom : its.top - height) - all.top}px`;
  }, [element, x, chart]);

  useEffect(() => {
    const press = ({ key }: globalThis.KeyboardEvent) => key === "Escape" && onClose();
    const tap = ({ target }: Event) => target instanceof Node && !chart?.contains(target) && onClose();
    addEventListener("keydown", press);
    addEventListener("pointerdown", tap);
    // Its place was that of another layout.
    addEventListener("resize", onClose);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("pointerdown", tap);
      removeEventListener("resize", onClose);
    };
  }, [chart, onClose]);

  const [name, ...lines] = bar.lines;
  return (
    // A screen reader has the same text as the name of the bar.
    <div
      ref={box}
      data-tooltip
      aria-hidden="true"
      onPointerLeave={onClose}
      className="absolute z-10 w-72 max-w-full rounded-lg border border-control bg-surface p-3 text-sm/5 shadow-lg print:hidden"
    >
      <p className="font-semibold wrap-anywhere">
        <Isolated>{name}</Isolated>
      </p>
      {lines.map((line) => (
        <p key={line} className="wrap-anywhere">
          {line}
        </p>
      ))}
    </div>
  );
}

/** A piece of a bar, or a mark, for the legend. */
function Sample({ kind, patterns, isRtl }: { kind: Way | Mark; patterns: string; isRtl: boolean }) {
  if (kind === "confirmed" || kind === "wrong")
    return (
      <svg viewBox="-8 -8 16 16" className="size-4 shrink-0" aria-hidden="true">
        <MarkShape mark={kind} />
      </svg>
    );
  return (
    <svg height={LANE} className="w-11 shrink-0" aria-hidden="true">
      <Shape bar={{ start: 0, end: kind === "active" ? 100 : 52, kind, marks: [] }} patterns={patterns} isRtl={isRtl} />
    </svg>
  );
}
