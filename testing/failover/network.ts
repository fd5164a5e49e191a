// Cuts links between addresses of a network of our own: cli/commands/test.ts starts these tests in one.

import { spawnSync } from "node:child_process";

/** Whether links can be cut here. */
export const HAS_NETWORK = process.env.FAILOVER === "network";

/** Why tests that cut links are skipped, or null. */
export const lacksNetwork = HAS_NETWORK ? null : "needs root, unshare and ip (apt-get install iproute2)";

/** This many addresses that no other server uses, beginning with 10.77.0.`first`; without a network, all the same. */
export function hostsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => (HAS_NETWORK ? `10.77.0.${first + index}` : "127.0.0.1"));
}

/** The rules that cut links have this priority. The kernel asks them before the table of addresses. */
const PRIORITY = 10;

/** The table of routes in which packets are lost: `findOwnNetwork` in testing/programs.ts. */
const NOWHERE = 77;

/** Cuts the links between an address and each of these: packets in both directions are lost. */
export function cut(host: string, others: string[]): void {
  change(
    others.flatMap((other) => [
      `rule add pref ${PRIORITY} from ${host} to ${other} lookup ${NOWHERE}`,
      `rule add pref ${PRIORITY} from ${other} to ${host} lookup ${NOWHERE}`,
    ]),
  );
}

/** Restores all links. */
export function heal(): void {
  const { stdout } = spawnSync("ip", ["rule", "show", "pref", String(PRIORITY)], { encoding: "utf8" });
  change((stdout.match(/^\d+:/gm) ?? []).map(() => `rule del pref ${PRIORITY}`));
}

function change(lines: string[]): void {
  const { status, stderr } = spawnSync("ip", ["-batch", "-"], { input: lines.join("\n"), encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
