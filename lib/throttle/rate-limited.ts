import { isOutage } from "@/lib/db";
import { isBusy } from "@/lib/password/hash";
import { answerWithStatus } from "@/lib/request-context";
import type { Subject } from "./rule";
import { type Permission, permitTry, takeBackTry } from "./store";

/** Why something was not attempted: too many attempts, overload, or no database. The input itself may be right. */
export type TryLater =
  | {
      state: "throttled";
      /** Seconds until the next attempt is allowed. */
      wait: number;
    }
  | { state: "busy" }
  | { state: "unavailable" };

type Allowed = Extract<Permission, { allowed: true }>;

/**
 * Counts an attempt against these subjects and makes it, or returns a TryLater; the
 * response then has status 429 or 503. An attempt that overload or an outage left
 * undecided is taken back.
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

/** Runs `work`. Returns a TryLater if the server is overloaded or the database is down. */
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

/** Whether this error means that the work was not decided: overload or an outage. */
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
