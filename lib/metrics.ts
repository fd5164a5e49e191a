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

/**
 * Upper bounds in seconds. A page of a logged-in user takes about ten milliseconds, a log-in
 * several hundred. Anything slower than the last bound is broken.
 */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of this process since it started: docs/operations.md. */
export function metrics(): ReturnType<typeof createMetrics> {
  // Shared by all bundles, because separate copies would each hold only part of a count.
  return processWide("latchkeyMetrics", createMetrics);
}

/** The current values that are not counted as they happen. Null means unknown; the metric is then left out. */
export type State = { sessions: number | null; mails: number | null; hashes: { waiting: number; running: number } };

/** All metrics, in the text format of Prometheus. */
export async function metricsText(state: State): Promise<string> {
  return current(state).metrics();
}

/** The metrics of one process, to be added to those of others. */
export type Figures = MetricObject[];

/** All metrics, for `textOf`. */
export async function figures(state: State): Promise<Figures> {
  return (await current(state).getMetricsAsJSON()) as Figures;
}

/** Combines the metrics of several processes, in the text format of Prometheus. */
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

/** The Content-Type of what `metricsText` and `textOf` return. */
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
      help: "Active sessions across all instances, from the database",
      aggregator: "max",
      registers,
    }),
    lookups: new Counter({
      name: "latchkey_lookups_total",
      help: "Session look-ups, by outcome and source",
      labelNames: ["outcome", "source"] as const,
      registers,
    }),
    bindings: new Counter({
      name: "latchkey_bindings_total",
      help: "Registrations of a browser's key, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    proofs: new Counter({
      name: "latchkey_proofs_total",
      help: "Requests of browsers to prove that they have the key of their session, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    proofsSkipped: new Counter({
      name: "latchkey_proofs_skipped_total",
      help: "Requests without a new proof because the browser could not get one, by the reason that it sent",
      labelNames: ["reason"] as const,
      registers,
    }),
    copies: new Counter({
      name: "latchkey_copied_cookies_total",
      help: "Requests with the cookie of a bound session that came from elsewhere",
      registers,
    }),
    rotations: new Counter({
      name: "latchkey_cookie_rotations_total",
      help: "New cookies that browsers without a bound session have begun to use",
      registers,
    }),
    replays: new Counter({
      name: "latchkey_replayed_cookies_total",
      help: "Requests with an outdated cookie, which end the session",
      registers,
    }),
    redisLookups: new Counter({
      name: "latchkey_redis_lookups_total",
      help: "Session look-ups with SESSION_STORE=redis, by Redis' answer; Postgres answers all but those found",
      labelNames: ["outcome"] as const,
      registers,
    }),
    redisParts: new Gauge({
      name: "latchkey_redis_parts",
      help: "Parts of the sessions, of 256, that Redis may answer for",
      aggregator: "min",
      registers,
    }),
    redisClockError: new Gauge({
      name: "latchkey_redis_clock_error_seconds",
      help: "By how much the time of a look-up in Redis can be ahead of the database's clock",
      aggregator: "max",
      registers,
    }),
    redisBuried: new Counter({
      name: "latchkey_redis_buried_total",
      help: "Ended sessions removed from Redis",
      registers,
    }),
    redisCopied: new Counter({
      name: "latchkey_redis_copied_total",
      help: "Sessions copied to Redis because a part of it could not be trusted",
      registers,
    }),
    redisRestored: new Counter({
      name: "latchkey_redis_restored_total",
      help: "Sessions that Redis lacked and was given at their next use",
      registers,
    }),
    logins: new Counter({
      name: "latchkey_logins_total",
      help: "Log-in attempts, by outcome",
      labelNames: ["outcome"] as const,
      registers,
    }),
    throttled: new Counter({
      name: "latchkey_throttled_total",
      help: "Throttled attempts, by scope",
      labelNames: ["scope"] as const,
      registers,
    }),
    hashQueue: new Gauge({ name: "latchkey_hash_queue", help: "Passwords waiting for a thread", registers }),
    hashesRunning: new Gauge({
      name: "latchkey_hashes_running",
      help: "Passwords being processed in a thread",
      registers,
    }),
    mailsWaiting: new Gauge({
      name: "latchkey_mails_waiting",
      help: "Emails waiting to be sent across all instances, from the database",
      aggregator: "max",
      registers,
    }),
    requestDuration: new Histogram({
      name: "latchkey_request_duration_seconds",
      help: "Time from the arrival of a request to the end of its response",
      labelNames: ["method", "route", "status"] as const,
      buckets: BUCKETS,
      registers,
    }),
  };
}
