import { withDatabaseConnection } from "@/cli/connect";
import { countInWords } from "@/lib/capped-count";
import { type Swept, sweepAll } from "@/lib/jobs/sweeps";
import { step } from "@/lib/terminal";

/** `npm run sweep`: deletes everything that is over, now. */
export async function main(): Promise<void> {
  await withDatabaseConnection(async () => {
    for (const line of describeSwept(await step("Swept", sweepAll))) console.log(line);
  });
  process.exit();
}

/** What a sweep deleted, in words. */
export function describeSwept({ sessions, links, browsers, throttles, ledger }: Swept): string[] {
  return [
    `${sessions} sessions were over.`,
    `${links} links, ${browsers} known browsers and ${throttles} counts of tries were forgotten.`,
    `In the ledger, ${ledger.deleted} lines were deleted and ${ledger.shortened} addresses shortened.`,
  ];
}

/** What a sweep would delete, in words. */
export function describeSweepable({ sessions, links, browsers, throttles, ledger }: Swept): string[] {
  const [spent, old, tries, lines, addresses] = [links, browsers, throttles, ledger.deleted, ledger.shortened].map(
    countInWords,
  );
  return [
    `${sessions} sessions are over.`,
    `${spent} links, ${old} known browsers and ${tries} counts of tries would be forgotten.`,
    `In the ledger, ${lines} lines would be deleted and ${addresses} addresses shortened.`,
    "Nothing was deleted.",
  ];
}
