import { env, isLoopback } from "@/lib/env";
import { isBreached } from "./breached";
import { judgeInThread } from "./hash";
import type { Lane } from "./line";
import { PROBLEMS } from "./shape.mjs";

const BREACHED = "This password is known from a breach of another site, so it is among those that are tried.";

/** Why the password that an account has already is no new one. */
export const SAME = "That is your password already. Choose another one.";

/** Why a password may not be chosen, in words for who chose it; null when it may. Throws a Busy. */
export async function passwordProblem(
  password: string,
  email: string,
  lane: Lane = "strangers",
): Promise<string | null> {
  const { problem } = await judgeInThread(password, { email, siteNames: siteNames() }, lane);
  if (problem) return PROBLEMS[problem];
  return (await isBreached(password)) ? BREACHED : null;
}

/** What this site is called, which anybody would try. */
export function siteNames(): string[] {
  const { hostname } = env().APP_URL;
  return ["latchkey", ...(isLoopback(hostname) ? [] : [hostname])];
}
