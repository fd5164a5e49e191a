import { prepared } from "@/lib/db";
import { Prisma } from "@/prisma/client/client";

/** Why a session that has ended could be active again after a failover or a crash of Postgres, as /readyz reports it. */
export type ReplicationWarning = "asynchronous-commit" | "asynchronous-standby";

/** How Postgres copies changes to its standbys. */
export type Replication = {
  /** The number of standbys that are connected, as far as the role may see. */
  standbys: number;
  /** Whether a standby confirms a change before Postgres does. */
  isSynchronous: boolean;
  /** The role may not see the state of the standbys. */
  isHidden: boolean;
  warnings: ReplicationWarning[];
};

/** Reads how Postgres copies changes. Throws an Outage. */
export async function readReplication(): Promise<Replication> {
  const [row] = await prepared<{ commit: string; names: string; standbys: number; isHidden: boolean }>(
    "read_replication",
    // Without pg_monitor, a role sees that there are senders, and nothing else about them.
    Prisma.sql`
      SELECT current_setting('synchronous_commit') AS commit, current_setting('synchronous_standby_names') AS names,
             count(*)::int AS standbys, coalesce(bool_or(r.state IS NULL), false) AS "isHidden"
        FROM pg_stat_replication r
       WHERE coalesce(r.state <> 'backup', true)
         AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')`,
  );
  const { commit, names, standbys, isHidden } = row ?? { commit: "", names: "", standbys: 0, isHidden: true };
  const isSynchronous = names !== "" && /^(on|remote_write|remote_apply)$/.test(commit);
  return { standbys, isSynchronous, isHidden, warnings: warningsOf({ commit, standbys, isSynchronous }) };
}

function warningsOf(its: { commit: string; standbys: number; isSynchronous: boolean }): ReplicationWarning[] {
  // Postgres confirms changes that are not on its own disk yet.
  if (its.commit === "off") return ["asynchronous-commit"];
  return its.standbys > 0 && !its.isSynchronous ? ["asynchronous-standby"] : [];
}
