"use client";

import { useEffect, useState } from "react";
import type { Answers, Problem } from "@/lib/api/schema";

const PATH = "/api/session/copy";

/** The time between two uses of the copied cookie, in milliseconds. */
const EVERY = 1000;

/** The number of responses to keep, and the number of refusals after which the thief gives up. */
const KEPT = 10;
const ENOUGH = 3;

export type Response = { id: number; status: number };

type Uses = {
  /** The latest responses, the newest last. */
  responses: Response[];
  /** What the last accepted use showed; null before the first one. */
  seen: Answers[typeof PATH] | null;
  /** How the session ended; null while the copy is accepted. */
  reason: Problem["reason"] | "unknown" | null;
};

const NONE: Uses = { responses: [], seen: null, reason: null };

/** Uses the copied cookie of a demonstration again and again, and logs it out when its page is left. */
export function useCopy(): Uses & { begin: () => void; isOn: boolean } {
  const [uses, setUses] = useState(NONE);
  const [run, setRun] = useState(0);
  const [isOn, setIsOn] = useState(false);

  useEffect(() => {
    if (run === 0) return;
    const state = { isOver: false, refusals: 0, id: 0 };
    let timer: ReturnType<typeof setTimeout>;

    const send = async () => {
      const answer = await fetch(PATH, { cache: "no-store" }).catch(() => null);
      const told = await answer?.json().catch(() => null);
      if (state.isOver) return;
      if (answer) {
        const response = { id: ++state.id, status: answer.status };
        setUses(({ responses, seen, reason }) => ({
          responses: [...responses, response].slice(-KEPT),
          seen: answer.status === 200 ? told : seen,
          reason: answer.status === 401 ? ((told as Problem | null)?.reason ?? "unknown") : reason,
        }));
        if (answer.status === 401) state.refusals++;
      }
      if (state.refusals < ENOUGH) timer = setTimeout(send, EVERY);
      else setIsOn(false);
    };
    void send();

    // Also reaches the server while the page is closed. A refusal does not mean that the copy has ended: after a
    // log-out, the page is refused for its own session. At worst this ends a demonstration that another tab has started.
    const leave = () => navigator.sendBeacon(PATH);
    addEventListener("pagehide", leave);
    return () => {
      state.isOver = true;
      clearTimeout(timer);
      removeEventListener("pagehide", leave);
      // After a refusal, the cookie may already be that of the next demonstration.
      if (state.refusals === 0) leave();
    };
  }, [run]);

  const begin = () => {
    setUses(NONE);
    setIsOn(true);
    setRun((count) => count + 1);
  };
  return { ...uses, begin, isOn };
}
