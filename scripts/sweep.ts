import { sweep } from "@/lib/session/sweep";
import { step } from "./console";
import { withDatabase } from "./migrate";

/** `npm run sweep`: deletes the sessions that are over by their age, now. */
export async function main(): Promise<void> {
  await withDatabase(async (url) => {
    process.env.DATABASE_URL = url;
    // No secret has to do with it; it is only asked for.
    process.env.SESSION_SECRET ||= "x".repeat(32);
    const ended = await step("Swept", sweep);
    console.log(`${ended} sessions were over.`);
  });
  process.exit();
}
