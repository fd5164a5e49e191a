// The parameters and the results of every case.

import type { Target, TargetName } from "./targets/target";

/** The environment of a measurement. */
export type Bench = {
  /** Whether to make a short run, which shows that everything works. Its figures are rough. */
  isQuick: boolean;
  /** Returns these targets. Each is started on first use and then keeps running. */
  targets(names: TargetName[]): Promise<Target[]>;
  /** The process id of the Postgres that all targets use. */
  postgres: number;
  /** Prints progress. */
  say(text: string): void;
};

/** One measurement: the default export of a file in bench/cases. */
export type Case = {
  title: string;
  /** Explains the measurement, and how to read its figures. */
  about: string;
  measure(bench: Bench): Promise<Result>;
};

export type Result = {
  tables: Table[];
  charts: Chart[];
  /** Remarks on this run, such as discarded rounds. */
  notes: string[];
  /** All measurements, for further analysis. */
  raw: unknown;
};

export type Table = { title: string; head: string[]; rows: string[][] };

/** A bar chart. Each bar has the range of its rounds. `file` is the file name without extension. */
export type Chart = { file: string; title: string; unit: string; bars: Bar[] };

type Bar = { label: string; isOurs: boolean } & Spread;

export type Spread = { median: number; min: number; max: number };
