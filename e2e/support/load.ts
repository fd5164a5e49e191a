import { setTimeout as pause } from "node:timers/promises";
import { cookieName } from "@/testing/cookie-name";

/** A request to send repeatedly, and the status that it gets when nothing is wrong. */
type Kind = { right: number; send: () => Promise<Response>; startsSession?: boolean };

/** How many requests of one kind had each outcome. */
type Tally = { right: number; outages: number };

/** How many clients send requests of each kind concurrently. */
const AT_ONCE = 2;

/** Pause of a client between two requests, in milliseconds. */
const BREATH = 10;

/**
 * Sends requests of all these kinds until it is stopped. Allowed outcomes are the right
 * response, complete, and a 503 that leaves the session cookie alone. All others are faults.
 */
export function startLoad(base: string, kinds: Record<string, Kind>) {
  const faults = new Set<string>();
  const tallies = new Map<string, Tally>();
  let isOver = false;

  async function sendAgainAndAgain(name: string, { right, send, startsSession = false }: Kind): Promise<void> {
    const tally = { right: 0, outages: 0 };
    tallies.set(`${name} ${tallies.size}`, tally);
    while (!isOver) {
      const { status, setsSession } = await outcomeOf(send);
      if (status === right && setsSession === startsSession) tally.right++;
      else if (status === 503 && !setsSession) tally.outages++;
      else faults.add(`${name}: ${status}${setsSession ? ", and sets the session cookie" : ""}`);
      await pause(BREATH);
    }
  }

  async function outcomeOf(send: Kind["send"]): Promise<{ status: number | string; setsSession: boolean }> {
    try {
      const answer = await send();
      if (!answer.bodyUsed) await answer.arrayBuffer();
      const cookies = answer.headers.getSetCookie();
      return {
        status: answer.status,
        setsSession: cookies.some((cookie) => cookie.startsWith(`${cookieName(base)}=`)),
      };
    } catch (error) {
      // No response, or a truncated one.
      return { status: `${error}: ${(error as Error).cause}`, setsSession: false };
    }
  }

  const clients = Object.entries(kinds).flatMap(([name, kind]) =>
    Array.from({ length: AT_ONCE }, () => sendAgainAndAgain(name, kind)),
  );

  return {
    /** Waits until each client has had at least this many more of these outcomes, or until the first fault. */
    async until({ right = 0, outages = 0 }: Partial<Tally>): Promise<void> {
      const wanted = [...tallies.values()].map((tally) => ({
        tally,
        right: tally.right + right,
        outages: tally.outages + outages,
      }));
      const isMissing = () =>
        wanted.some(({ tally, ...least }) => tally.right < least.right || tally.outages < least.outages);
      while (faults.size === 0 && isMissing()) await pause(BREATH);
    },
    /** Stops all clients and returns the faults. */
    async stop(): Promise<string[]> {
      isOver = true;
      await Promise.all(clients);
      return [...faults];
    },
  };
}
