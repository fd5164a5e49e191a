import { env, isLoopback } from "@/lib/env";
import { isBreached } from "./breached";
import { judgeInThread } from "./hash";
import type { Lane } from "./line";
import type { NewPasswordProblem } from "./problems";

/** Why a password cannot be chosen; null if it can. With a second factor, it may be shorter. Throws a Busy. */
export async function passwordProblem(
  password: string,
  { email, hasSecondFactor = false }: { email: string; hasSecondFactor?: boolean },
  lane: Lane = "strangers",
): Promise<NewPasswordProblem | null> {
  const { problem } = await judgeInThread(password, { email, siteNames: siteNames(), hasSecondFactor }, lane);
  return problem ?? ((await isBreached(password)) ? "breached" : null);
}

/** The names of this site, which any attacker would try. */
export function siteNames(): string[] {
  const { hostname } = env().APP_URL;
  return ["latchkey", ...(isLoopback(hostname) ? [] : [hostname])];
}
