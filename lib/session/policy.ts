import { DAY, type Env, env, HOUR, MINUTE, SECOND } from "@/lib/env";

/**
 * Milliseconds: how long a session lives unused (`idle`) and in total (`total`), and how often its
 * use is recorded (`touch`).
 */
export type Lifetimes = { idle: number; total: number; touch: number };

type Profile = "standard" | "publicComputer" | "administrator";

export type Policy = Record<Profile | "demonstration", Lifetimes>;

/** The facts that decide which lifetimes a session has. */
export type Kind = { publicComputer: boolean; demonstration?: boolean; role: "user" | "admin" };

type SessionTimes = { createdAt: Date; lastSeenAt: Date };

/**
 * Lifetimes within the limits of each authenticator assurance level (NIST SP 800-63B-4 §2.1.3,
 * §2.2.3 and §2.3.3). Keeping these limits does not reach a level by itself: with a password
 * alone, nobody is above AAL1.
 */
const PRESETS: Record<Env["SESSION_PRESET"], Record<Profile, Lifetimes>> = {
  aal1: {
    standard: { idle: 7 * DAY, total: 30 * DAY, touch: MINUTE },
    publicComputer: { idle: 15 * MINUTE, total: 8 * HOUR, touch: MINUTE },
    administrator: { idle: DAY, total: 7 * DAY, touch: MINUTE },
  },
  aal2: {
    standard: { idle: HOUR, total: 24 * HOUR, touch: MINUTE },
    publicComputer: { idle: 15 * MINUTE, total: 8 * HOUR, touch: MINUTE },
    administrator: { idle: 30 * MINUTE, total: 12 * HOUR, touch: MINUTE },
  },
  aal3: {
    standard: { idle: 15 * MINUTE, total: 12 * HOUR, touch: MINUTE },
    publicComputer: { idle: 10 * MINUTE, total: 4 * HOUR, touch: MINUTE },
    administrator: { idle: 15 * MINUTE, total: 8 * HOUR, touch: MINUTE },
  },
};

/** The lifetimes of a demonstration (lib/auth/demonstration), with which its page shows each use. No setting changes them. */
const DEMONSTRATION: Lifetimes = { idle: 30 * SECOND, total: 2 * MINUTE, touch: SECOND };

/** The policy in force: the preset's lifetimes, except where a setting overrides one. OWASP ASVS 7.1.1. */
export function policy(settings: Env = env()): Policy {
  const preset = PRESETS[settings.SESSION_PRESET];

  return {
    standard: lifetimesFrom(settings, "SESSION", preset.standard),
    publicComputer: lifetimesFrom(settings, "PUBLIC_COMPUTER", preset.publicComputer),
    administrator: lifetimesFrom(settings, "ADMINISTRATOR", preset.administrator),
    demonstration: DEMONSTRATION,
  };
}

function lifetimesFrom(
  settings: Env,
  prefix: "SESSION" | "PUBLIC_COMPUTER" | "ADMINISTRATOR",
  preset: Lifetimes,
): Lifetimes {
  const total = settings[`${prefix}_TOTAL_LIFETIME`] ?? preset.total;
  // The idle lifetime can't exceed the total lifetime. Touching at least twice within the idle
  // lifetime keeps a session in use from looking unused.
  const idle = Math.min(settings[`${prefix}_IDLE_LIFETIME`] ?? preset.idle, total);
  return { idle, total, touch: Math.min(settings[`${prefix}_TOUCH_INTERVAL`] ?? preset.touch, idle / 2) };
}

/** The lifetimes of a session: the shortest of all that apply. The standard ones don't apply to administrators and public computers. */
export function lifetimes({ publicComputer, demonstration, role }: Kind): Lifetimes {
  const all = policy();
  const those = [
    publicComputer && all.publicComputer,
    role === "admin" && all.administrator,
    !publicComputer && role !== "admin" && all.standard,
    demonstration === true && all.demonstration,
  ].filter((each) => each !== false);

  return {
    idle: Math.min(...those.map(({ idle }) => idle)),
    total: Math.min(...those.map(({ total }) => total)),
    touch: Math.min(...those.map(({ touch }) => touch)),
  };
}

/** Whether a user must add a second factor before anything else: `SECOND_FACTOR` demands one, and there is none. */
export function mustEnrol(
  { user, hasSecondFactor }: { user: { role: Kind["role"] }; hasSecondFactor: boolean },
  { SECOND_FACTOR }: Pick<Env, "SECOND_FACTOR"> = env(),
): boolean {
  if (hasSecondFactor || SECOND_FACTOR === "optional") return false;
  return SECOND_FACTOR === "required" || user.role === "admin";
}

/** How long after its last use a session counts as online, in milliseconds. Use is recorded once per touch interval. */
export function onlineTime(): number {
  return Math.max(5 * MINUTE, ...Object.values(policy()).map(({ touch }) => 2 * touch));
}

/** The maximum lifetime of any session, in milliseconds. */
export function longestLifetime(): number {
  return Math.max(...Object.values(policy()).map(({ total }) => total));
}

/** When a session ends if it isn't used again (`idleAt`), and when it ends even if it is (`totalAt`). */
export function endsOf(
  { createdAt, lastSeenAt }: SessionTimes,
  { idle, total }: Lifetimes,
): { idleAt: Date; totalAt: Date } {
  const totalAt = later(createdAt, total);
  return { idleAt: earlier(later(lastSeenAt, idle), totalAt), totalAt };
}

/**
 * Why and since when a session has expired; null while it is active. `now` is the database's time.
 * OWASP ASVS 7.3.1, 7.3.2.
 */
export function expiry(
  session: SessionTimes,
  its: Lifetimes,
  now: Date,
): { reason: "idle" | "expired"; at: Date } | null {
  const { idleAt, totalAt } = endsOf(session, its);

  if (now < idleAt) return null;
  return idleAt < totalAt ? { reason: "idle", at: idleAt } : { reason: "expired", at: totalAt };
}

/** Whether it is time to record the session's use again. */
export function needsTouch({ lastSeenAt }: { lastSeenAt: Date }, { touch }: Lifetimes, now: Date): boolean {
  return now >= later(lastSeenAt, touch);
}

function later(date: Date, milliseconds: number): Date {
  return new Date(date.getTime() + milliseconds);
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
