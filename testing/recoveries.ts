import { db } from "@/lib/db";
import { SECOND } from "@/lib/env";

/** Makes a user's recovery of lost factors older by this many milliseconds. */
export async function ageRecovery({ id }: { id: string }, milliseconds: number): Promise<void> {
  await db().$executeRaw`
    UPDATE factor_recoveries r
       SET started_at = started_at - age, due_at = due_at - age, told_at = told_at - age, sent_at = sent_at - age,
           stopped_at = stopped_at - age
      FROM make_interval(secs => ${milliseconds / SECOND}) AS age WHERE user_id = ${id}::uuid`;
}
