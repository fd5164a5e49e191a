import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObject,
  Registry,
} from "prom-client";
import { processWide } from "./process-wide";

/** Seconds. A signed-in page takes some ten milliseconds, a log-in some hundreds; what takes longer than the last is broken. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is counted and measured, in this process, since it was started: docs/operations.md. */
export function metrics(): ReturnType<typeof createMetrics> {
  // What is counted in two places is counted in neither.
  return processWide("latchkeyMetrics", createMetrics);
}

/** What is so at the moment; null for what cannot be known, which is then left out. */
export type State = { sessions: number | null; mails: number | null; hashes: { waiting: number; running: number } };

/** All figures, in the format of Prometheus. */
export async function metricsText(state: State): Promise<string> {
  return current(state).metrics();
}

/** The figures of one process, to be added to those of others. */
export type Figures = MetricObject[];

/** All figures, for `textOf`. */
export async function figures(state: State): Promise<Figures> {
  return (await current(state).getMetricsAsJSON()) as Figures;
}

/** The figures of several processes as those of one, in the format of Prometheus. */
export async function textOf(processes: Figures[]): Promise<string> {
  return AggregatorRegistry.aggregate(processes).metrics();
}

function current({ sessions, mails, hashes }: State): Registry {
  const { registry, sessionsLive, mailsWaiting, hashQueue, hashesRunning } = metrics();
  show(sessionsLive, sessions);
  show(mailsWaiting, mails);
  hashQueue.set(hashes.waiting);
  hashesRunning.set(hashes.running);
  return registry;
}

/** The type of what `metricsText` returns. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

function show(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}

function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  return {
    registry,
    sessionsStarted: new Counter({ name: "latchkey_sessions_started_total", help: "Sessions started", registers }),
    sessionsEnded: new Counter({
      name: "latchkey_sessions_ended_total",
      help: "Sessions ended, by reason",
      labelNames: ["reason"] as const,
      registers,
    }),
    sessionsLive: new Gauge({
      name: "latchkey_sessions_live",
      help: "Active sessions of all instances: the database's figure",
      aggregator: "max",
      registers,
    }),
    lookups: new Counter({
      name: "latchkey_lookups_total",
      help: "Times it was asked who is signed in, by what came out and from where it was asked",
      labelNames: ["outcome", "source"] as const,
      registers,
    }),
    logins: new Counter({
      name: "latchkey_logins_total",
      help: "Log-ins that were tried, by what came out",
      labelNames: ["outcome"] as const,
      registers,
    }),
    throttled: new Counter({
      name: "latchkey_throttled_total",
      help: "Tries that were not permitted, by what was tried too often",
      labelNames: ["scope"] as const,
      registers,
    }),
    hashQueue: new Gauge({ name: "latchkey_hash_queue", help: "Passwords that wait for a thread", registers }),
    hashesRunning: new Gauge({ name: "latchkey_hashes_running", help: "Passwords that are looked at", registers }),
    mailsWaiting: new Gauge({
      name: "latchkey_mails_waiting",
      help: "Mails that wait to be sent, of all instances: the database's figure",
      aggregator: "max",
      registers,
    }),
    requestDuration: new Histogram({
      name: "latchkey_request_duration_seconds",
      help: "Time from a request's arrival to the end of its answer",
      labelNames: ["method", "route", "status"] as const,
      buckets: BUCKETS,
      registers,
    }),
  };
}
