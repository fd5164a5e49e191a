import process from "node:process";
import { queueState } from "@/lib/mail/queue";
import { type Figures, figures, metricsText } from "@/lib/metrics";
import { hashLoad } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { converse } from "@/server/worker-channel";
import { lacksOfDatabase, type NotReadyReason } from "./readiness";
import { type ReplicationWarning, readReplication } from "./replication";
import { sharedProbe } from "./shared-probe";

/** How long to wait for the database, in milliseconds. */
const PATIENCE = 2000;

/** How long results from the database are reused, in milliseconds: of the readiness probe, and of the costlier metrics. */
const READY_KEPT = 1000;
const FIGURES_KEPT = 15_000;

/** The health of a process, or of all processes of an instance. */
export type HealthStatus = {
  /** Why it is not ready; an empty list when it is. */
  lacks(): Promise<NotReadyReason[]>;
  /** What could bring ended sessions back; an empty list when nothing could, or when it is unknown. */
  warnings(): Promise<ReplicationWarning[]>;
  /** Its metrics, in Prometheus's text format. */
  text(): Promise<string>;
};

/** The status of this process, the only one of its instance. */
export function healthOfProcess(): HealthStatus {
  const state = stateOfProcess();
  return { lacks: readinessProbe(), warnings: replicationProbe(), text: async () => metricsText(await state()) };
}

/** The status of this process, one of several. The primary process collects it, and returns the metrics of all. */
export function healthOfWorker(): HealthStatus {
  const lacks = readinessProbe();
  const warnings = replicationProbe();
  const state = stateOfProcess();
  const ask = converse(process, { lacks, warnings, figures: async (): Promise<Figures> => figures(await state()) });
  return { lacks, warnings, text: async () => String((await ask("text")) ?? "") };
}

function readinessProbe(): () => Promise<NotReadyReason[]> {
  return sharedProbe<NotReadyReason[]>(lacksOfDatabase(), {
    keeps: READY_KEPT,
    patience: PATIENCE,
    otherwise: ["database"],
  });
}

function replicationProbe(): () => Promise<ReplicationWarning[]> {
  const read = () =>
    readReplication().then(
      ({ warnings }) => warnings,
      () => [],
    );
  return sharedProbe<ReplicationWarning[]>(read, { keeps: FIGURES_KEPT, patience: PATIENCE, otherwise: [] });
}

/** The current values of the gauges, from this process and from the database. */
function stateOfProcess() {
  const counted = sharedProbe(countInDatabase, {
    keeps: FIGURES_KEPT,
    patience: PATIENCE,
    otherwise: { sessions: null, mails: null },
  });
  return async () => ({ ...(await counted()), hashes: hashLoad() });
}

/** The values that only the database knows. Each is null when it is not available. */
async function countInDatabase() {
  const [sessions, mails] = await Promise.all([
    sessionStore()
      .countActive()
      .catch(() => null),
    queueState().then(
      ({ waiting }) => waiting,
      () => null,
    ),
  ]);
  return { sessions, mails };
}
