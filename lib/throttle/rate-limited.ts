import { isOutage } from "@/lib/db";
import { isBusy } from "@/lib/password/hash";
import { answerWithStatus } from "@/lib/request-context";
import type { Subject } from "./rule";
import { type Permission, permitTry, takeBackTry } from "./store";

/** Why something was not even tried: tried too often, too much to do, or no database. Nothing is wrong with what was typed. */
export type TryLater =
  | {
      state: "throttled";
      /** Seconds until it may be tried again. */
      wait: number;
    }
  | { state: "busy" }
  | { state: "unavailable" };

type Allowed = Extract<Permission, { allowed: true }>;

/**
 * Counts a try at these subjects and makes it, or returns a TryLater; the answer to
 * the request is then a 429 or a 503. A try that was not decided, because the
 * database or the time for it was missing, is taken back.
 */
export async function rateLimited<T extends { state: string }>(
  subjects: readonly Subject[],
  work: (permission: Allowed) => Promise<T>,
): Promise<T | TryLater> {
  return orTryLater(async () => {
    const permission = await permitTry(subjects);
    if (!permission.allowed) return throttled(permission.wait);
    try {
      const outcome = await work(permission);
      if (isUndecidedOutcome(outcome)) void takeBackTry(subjects);
      return outcome;
    } catch (error) {
      if (isUndecided(error)) void takeBackTry(subjects);
      throw error;
    }
  });
}

/** Does the work, or returns a TryLater: too much to do, or no database. */
export async function orTryLater<T extends { state: string }>(work: () => Promise<T>): Promise<T | TryLater> {
  try {
    return await work();
  } catch (error) {
    if (isBusy(error)) return { state: "busy" };
    if (isOutage(error)) return { state: "unavailable" };
    throw error;
  }
}

/** Whether an outcome is a TryLater. */
export function isTryLater(outcome: { state: string }): outcome is TryLater {
  return ["throttled", "busy", "unavailable"].includes(outcome.state);
}

/** Whether work ended in this before it came to anything. */
export function isUndecided(error: unknown): boolean {
  return isBusy(error) || isOutage(error);
}

function isUndecidedOutcome({ state }: { state: string }): boolean {
  return state === "busy" || state === "unavailable";
}

function throttled(milliseconds: number): TryLater {
  const wait = Math.ceil(milliseconds / 1000);
  answerWithStatus(429, wait);
  return { state: "throttled", wait };
}
