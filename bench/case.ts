// What every case gets, and what it gives back.

import type { Target, TargetName } from "./targets/target";

/** The environment of a measurement. */
export type Bench = {
  /** Whether a short run is wanted: it shows that all works, and its figures are rough. */
  isQuick: boolean;
  /** These targets, each started at its first use and then kept, as warm as it is by then. */
  targets(names: TargetName[]): Promise<Target[]>;
  /** The process id of the Postgres that all of them use. */
  postgres: number;
  /** Says how far a case has come. */
  say(text: string): void;
};

/** One thing that is measured: the default export of a file in bench/cases. */
export type Case = {
  title: string;
  /** What is done, and what is to be borne in mind when the figures are read. */
  about: string;
  measure(bench: Bench): Promise<Result>;
};

export type Result = {
  tables: Table[];
  charts: Chart[];
  /** What has to be said of this run, such as a round that does not count. */
  notes: string[];
  /** All that was measured, for who wants to reckon with it. */
  raw: unknown;
};

export type Table = { title: string; head: string[]; rows: string[][] };

/** Bars, each with the range of its rounds. `file` is the name of its picture, without extension. */
export type Chart = { file: string; title: string; unit: string; bars: Bar[] };

type Bar = { label: string; isOurs: boolean } & Spread;

export type Spread = { median: number; min: number; max: number };
