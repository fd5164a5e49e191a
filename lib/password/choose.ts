import { env, isLoopback } from "@/lib/env";
import { isBreached } from "./breached";
import { judgeInThread } from "./hash";
import type { Lane } from "./line";
import { PROBLEMS } from "./shape.mjs";

const BREACHED = "This password is known from a breach of another site, so it is among those that are tried.";

/** The error for a new password that is the current one. */
export const SAME = "That is your password already. Choose another one.";

/** Why a password cannot be chosen, in words for the user; null if it can. Throws a Busy. */
export async function passwordProblem(
  password: string,
  email: string,
  lane: Lane = "strangers",
): Promise<string | null> {
  const { problem } = await judgeInThread(password, { email, siteNames: siteNames() }, lane);
  if (problem) return PROBLEMS[problem];
  return (await isBreached(password)) ? BREACHED : null;
}

/** The names of this site, which any attacker would try. */
export function siteNames(): string[] {
  const { hostname } = env().APP_URL;
  return ["latchkey", ...(isLoopback(hostname) ? [] : [hostname])];
}
