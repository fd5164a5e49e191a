// The bars of a timeline, and where they are.

/** From where to where something is, in percent of the timeline. */
export type Place = { start: number; end: number };

/** How a session ended, in broad terms, or that it has not. */
export const WAYS = ["active", "here", "elsewhere", "time", "safety"] as const;

export type Way = (typeof WAYS)[number];

export type Mark = "confirmed" | "wrong";

/** A bar, or the failed log-ins of a day. */
export type Bar = Place & {
  /** The id of its row in the table. */
  row: string;
  kind: Way | "failed";
  /** Whether it begins before the timeline does. */
  isOlder?: boolean;
  /** What is on the bar, and where. */
  marks: { at: number; mark: Mark }[];
  /** How many failed log-ins, if several, as text. */
  count?: string | null;
  /** All that it says. The first line is its name. */
  lines: string[];
};

/**
 * Puts things into lanes, so that none of a lane begins less than `gap` after the one before it has ended. Keeps the order
 * of their beginnings, and uses as few lanes as that allows.
 */
export function lanesOf<T extends Place>(things: T[], gap: number): T[][] {
  const lanes: T[][] = [];
  for (const thing of [...things].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const free = lanes.find((lane) => (lane.at(-1)?.end ?? 0) + gap <= thing.start);
    if (free) free.push(thing);
    else lanes.push([thing]);
  }
  return lanes;
}

/** The keys that move from one thing to another. "next" is the later one in the same lane. */
export type Step = "next" | "previous" | "up" | "down" | "first" | "last";

/** Where a step leads from the thing `index` of the lane `lane`, among the lanes of all groups. Null if nowhere. */
export function stepFrom(lanes: Place[][], { lane, index }: Position, step: Step): Position | null {
  const here = lanes[lane]?.[index];
  if (!here) return null;
  const all = lanes.flatMap((things, lane) => things.map((_, index) => ({ lane, index })));
  const at = all.findIndex((each) => each.lane === lane && each.index === index);
  switch (step) {
    case "next":
      return all[at + 1] ?? null;
    case "previous":
      return all[at - 1] ?? null;
    case "first":
      return all[0] ?? null;
    case "last":
      return all.at(-1) ?? null;
    default: {
      const other = step === "up" ? lane - 1 : lane + 1;
      const distances = (lanes[other] ?? []).map((each) => distance(here, each));
      return distances.length > 0 ? { lane: other, index: distances.indexOf(Math.min(...distances)) } : null;
    }
  }
}

export type Position = { lane: number; index: number };

/** How far apart two things are in time; 0 if they overlap. */
function distance(one: Place, other: Place): number {
  return Math.max(0, one.start - other.end, other.start - one.end);
}
