import { sweepAll } from "@/lib/sweeps";
import { step } from "./console";
import { withDatabase } from "./migrate";

/** `npm run sweep`: deletes everything that is over, now. */
export async function main(): Promise<void> {
  await withDatabase(async (url) => {
    process.env.DATABASE_URL = url;
    // No secret has to do with it; it is only asked for.
    process.env.SESSION_SECRET ||= "x".repeat(32);
    const { sessions, links, browsers, throttles, ledger } = await step("Swept", sweepAll);
    console.log(`${sessions} sessions were over.`);
    console.log(`${links} links, ${browsers} known browsers and ${throttles} counts of tries were forgotten.`);
    console.log(`In the ledger, ${ledger.deleted} lines were deleted and ${ledger.shortened} addresses shortened.`);
  });
  process.exit();
}
