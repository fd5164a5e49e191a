import { existsSync } from "node:fs";
import { env } from "@/lib/env";
import { Refusal, step } from "./console";
import { serve } from "./server";
import { untilStopped } from "./start";

/** Serves what `npm run build` has built, with the database and settings that are given. */
export async function main(): Promise<void> {
  const { APP_URL } = env();
  if (!existsSync(`${process.env.BUILD_DIR || ".next"}/BUILD_ID`))
    throw new Refusal("There is nothing to serve yet. First: npm run build");

  await untilStopped(async (onStop) => {
    await step("Application started", async () => onStop((await serve({ dev: false })).close));
    console.log(`\n  Latchkey   ${APP_URL.origin}\n`);
  });
}
