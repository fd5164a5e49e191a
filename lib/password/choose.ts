import { env, isLoopback } from "@/lib/env";
import { isBreached } from "./breached";
import { judgeInThread } from "./hash";
import type { Lane } from "./line";
import type { NewPasswordProblem } from "./problems";

/** Why a password cannot be chosen; null if it can. Throws a Busy. */
export async function passwordProblem(
  password: string,
  email: string,
  lane: Lane = "strangers",
): Promise<NewPasswordProblem | null> {
  const { problem } = await judgeInThread(password, { email, siteNames: siteNames() }, lane);
  return problem ?? ((await isBreached(password)) ? "breached" : null);
}

/** The names of this site, which any attacker would try. */
export function siteNames(): string[] {
  const { hostname } = env().APP_URL;
  return ["latchkey", ...(isLoopback(hostname) ? [] : [hostname])];
}
