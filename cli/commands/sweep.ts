import { countInWords } from "@/lib/capped-count";
import type { Swept } from "@/lib/jobs/sweeps";

/** Lines that say what a sweep deleted. */
export function describeSwept({ sessions, links, browsers, throttles, ledger }: Swept): string[] {
  return [
    `Expired sessions deleted: ${sessions}`,
    `Also deleted: ${links} links, ${browsers} known browsers, ${throttles} throttle counts`,
    `Ledger: ${ledger.deleted} entries deleted, ${ledger.shortened} IP addresses shortened`,
  ];
}

/** Lines that say what a sweep would delete. */
export function describeSweepable({ sessions, links, browsers, throttles, ledger }: Swept): string[] {
  const [spent, old, tries, lines, addresses] = [links, browsers, throttles, ledger.deleted, ledger.shortened].map(
    countInWords,
  );
  return [
    `Expired sessions to delete: ${sessions}`,
    `Also to delete: ${spent} links, ${old} known browsers, ${tries} throttle counts`,
    `Ledger: ${lines} entries to delete, ${addresses} IP addresses to shorten`,
    "Nothing was deleted.",
  ];
}
