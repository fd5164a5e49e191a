import { scaleBand, scaleLinear } from "d3-scale";
import type { Chart } from "../case";

const WIDTH = 760;
const ROW = 34;
/** Space for the names (left), the figures (right), the title (top) and the axis (bottom). */
const MARGIN = { left: 190, right: 60, top: 58, bottom: 30 };

/** Draws a horizontal bar chart as SVG. A line on each bar spans its lowest and highest round. Supports dark mode. */
export function draw({ title, unit, bars }: Chart): string {
  const height = MARGIN.top + bars.length * ROW + MARGIN.bottom;
  const greatest = Math.max(...bars.map(({ max }) => max), Number.MIN_VALUE);
  const x = scaleLinear([0, greatest], [MARGIN.left, WIDTH - MARGIN.right]).nice(5);
  const y = scaleBand(
    bars.map(({ label }) => label),
    [MARGIN.top, height - MARGIN.bottom],
  ).padding(0.35);
  const format = x.tickFormat(5);

  const axis = x.ticks(5).map(
    (tick) => `
  <line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${MARGIN.top}" y2="${height - MARGIN.bottom}"/>
  <text class="quiet" x="${x(tick)}" y="${height - MARGIN.bottom + 18}" text-anchor="middle">${format(tick)}</text>`,
  );
  const rows = bars.map(({ label, isOurs, median, min, max }) => {
    const top = y(label) ?? 0;
    const middle = top + y.bandwidth() / 2;
    return `
  <text x="${MARGIN.left - 10}" y="${middle}" text-anchor="end" dominant-baseline="central"${isOurs ? ' class="ours"' : ""}>${escaped(label)}</text>
  <rect class="${isOurs ? "bar is-ours" : "bar"}" x="${x(0)}" y="${top}" width="${x(median) - x(0)}" height="${y.bandwidth()}" rx="2"/>
  <path class="range" d="M${x(min)} ${middle}H${x(max)}M${x(min)} ${middle - 4}v8M${x(max)} ${middle - 4}v8"/>
  <text x="${x(max) + 8}" y="${middle}" dominant-baseline="central"${isOurs ? ' class="ours"' : ""}>${figure(median)}</text>`;
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(`${title}: ${unit}`)}">
  <style>
    svg { --paper: #ffffff; --ink: #1c1917; --quiet: #57534e; --grid: #e7e5e4; --bar: #a8a29e; --ours: #0f766e; font: 13px system-ui, sans-serif; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #1c1917; --ink: #f5f5f4; --quiet: #a8a29e; --grid: #3a3533; --bar: #78716c; --ours: #2dd4bf; }
    }
    .paper { fill: var(--paper); }
    text { fill: var(--ink); font-variant-numeric: tabular-nums; }
    .title, .ours { font-weight: 600; }
    .title { font-size: 15px; }
    .quiet { fill: var(--quiet); font-size: 12px; }
    .grid { stroke: var(--grid); }
    .bar { fill: var(--bar); }
    .is-ours { fill: var(--ours); }
    .range { stroke: var(--ink); stroke-width: 1.5; fill: none; }
  </style>
  <rect class="paper" width="100%" height="100%" rx="8"/>
  <text class="title" x="16" y="26">${escaped(title)}</text>
  <text class="quiet" x="16" y="45">${escaped(unit)}</text>${axis.join("")}${rows.join("")}
</svg>
`;
}

/** Formats a figure with at least three significant digits. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
