import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Ask, Fired } from "./generator.mjs";

export type { Ask };

type Load = { url: string; asks: Ask[]; connections: number };

let started: ChildProcess | undefined;

/** The process that sends the requests. It ends with this one. */
export function generator(): ChildProcess {
  started ??= fork("bench/generator.mjs", { execArgv: [] });
  return started;
}

/** Sends `amount` requests, and returns the results. */
export async function fire(load: Load & { amount: number }): Promise<Fired> {
  generator().send(load);
  return answer();
}

/** Sends requests until `stop` is called, which returns the results. */
export function keepFiring(load: Load): { stop(): Promise<Fired> } {
  generator().send({ ...load, amount: null });
  return {
    stop() {
      generator().send("stop");
      return answer();
    },
  };
}

async function answer(): Promise<Fired> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(generator(), "exit", { signal }).then(() => {
    throw new Error("The process that sends the requests has ended");
  });
  try {
    const [fired] = await Promise.race([once(generator(), "message", { signal }), ended]);
    return fired;
  } finally {
    ended.catch(() => {});
    over.abort();
  }
}
