import process from "node:process";
import { queueState } from "@/lib/mail/queue";
import { type Figures, figures, metricsText } from "@/lib/metrics";
import { hashLoad } from "@/lib/password/hash";
import { sessionStore } from "@/lib/session/store";
import { converse } from "@/server/worker-channel";
import { lacksOfDatabase, type NotReadyReason } from "./readiness";
import { sharedProbe } from "./shared-probe";

/** So long, in milliseconds, the database is waited for. */
const PATIENCE = 2000;

/** What was seen of the database is told for so long, in milliseconds: whether it answers, and its figures, which it has to count. */
const READY_KEPT = 1000;
const FIGURES_KEPT = 15_000;

/** How whatever serves is. */
export type Condition = {
  /** What keeps it from serving; nothing when it is ready. */
  lacks(): Promise<NotReadyReason[]>;
  /** Its figures, in the format of Prometheus. */
  text(): Promise<string>;
};

/** How this process is. */
export function conditionOfProcess(): Condition {
  const state = stateOfProcess();
  return { lacks: looking(), text: async () => metricsText(await state()) };
}

/** How this process is, which is one of several: it tells the first of them, who knows the figures of all. */
export function conditionOfWorker(): Condition {
  const lacks = looking();
  const state = stateOfProcess();
  const ask = converse(process, { lacks, figures: async (): Promise<Figures> => figures(await state()) });
  return { lacks, text: async () => String((await ask("text")) ?? "") };
}

function looking(): () => Promise<NotReadyReason[]> {
  return sharedProbe<NotReadyReason[]>(lacksOfDatabase(), {
    keeps: READY_KEPT,
    patience: PATIENCE,
    otherwise: ["database"],
  });
}

/** What is so at the moment, in this process and in the database. */
function stateOfProcess() {
  const counted = sharedProbe(countInDatabase, {
    keeps: FIGURES_KEPT,
    patience: PATIENCE,
    otherwise: { sessions: null, mails: null },
  });
  return async () => ({ ...(await counted()), hashes: hashLoad() });
}

/** What only the database knows; null where it does not answer. */
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
