import { env, MINUTE } from "@/lib/env";

/** A session's last use is recorded at most once in this time, in milliseconds. */
export const TOUCH_INTERVAL = MINUTE;

export type SessionTimes = { createdAt: Date; lastSeenAt: Date; publicComputer: boolean };

/** Milliseconds a session lives unused (idle), and at all (total). */
export type Lifetimes = { idle: number; total: number };

/** The lifetimes in force: shorter ones on a public computer. OWASP ASVS 7.3.1, 7.3.2. */
export function lifetimes({ publicComputer }: { publicComputer: boolean }): Lifetimes {
  const { PUBLIC_COMPUTER_IDLE_LIFETIME, PUBLIC_COMPUTER_TOTAL_LIFETIME } = env();
  const { SESSION_IDLE_LIFETIME, SESSION_TOTAL_LIFETIME } = env();

  return publicComputer
    ? { idle: PUBLIC_COMPUTER_IDLE_LIFETIME, total: PUBLIC_COMPUTER_TOTAL_LIFETIME }
    : { idle: SESSION_IDLE_LIFETIME, total: SESSION_TOTAL_LIFETIME };
}

/** When a session ends if it is not used again, and when it ends in any case. */
export function endsOf(session: SessionTimes): { idleAt: Date; totalAt: Date } {
  const { idle, total } = lifetimes(session);
  const totalAt = later(session.createdAt, total);
  const idleAt = later(session.lastSeenAt, idle);

  return { idleAt: new Date(Math.min(idleAt.getTime(), totalAt.getTime())), totalAt };
}

/** Why a session is over by its age, or null while it lives. `now` is the database's. */
export function outlived(session: SessionTimes, now: Date): "idle" | "expired" | null {
  const { idle, total } = lifetimes(session);

  if (now >= later(session.createdAt, total)) return "expired";
  if (now >= later(session.lastSeenAt, idle)) return "idle";
  return null;
}

/** Whether it is time to record that a session was used. */
export function needsTouch({ lastSeenAt }: { lastSeenAt: Date }, now: Date): boolean {
  return now >= later(lastSeenAt, TOUCH_INTERVAL);
}

function later(date: Date, milliseconds: number): Date {
  return new Date(date.getTime() + milliseconds);
}
