"use client";

import { useEffect, useState } from "react";
import type { Hindrance } from "@/lib/auth/attempt";
import { Notice } from "./notice";

/** Says why something was not even tried, and from when on it can be. Nothing that was typed was wrong. */
export function Hindered({ hindrance }: { hindrance: Hindrance }) {
  switch (hindrance.state) {
    case "throttled":
      return <TooOften refusal={hindrance} />;
    case "busy":
      return (
        <Notice kind="problem">
          Too many passwords are being checked just now. Nothing is wrong with what you typed; try again in a few
          seconds.
        </Notice>
      );
    case "unavailable":
      return (
        <Notice kind="problem">
          The database does not answer. Nothing is wrong with what you typed; try again in a moment.
        </Notice>
      );
  }
}

function TooOften({ refusal }: { refusal: { wait: number } }) {
  const left = useCountdown(refusal);

  if (left === 0) return <Notice kind="done">You can try again now.</Notice>;
  return (
    <Notice kind="problem">
      That was too often. Try again in{" "}
      {/* Announced once; a screen reader that read every second would read nothing else. */}
      <span aria-live="off" className="font-medium whitespace-nowrap tabular-nums">
        {inWords(left)}
      </span>
      .
    </Notice>
  );
}

/** The seconds that are left to wait, counted from when the refusal is first shown; a new one counts down anew. */
function useCountdown(refusal: { wait: number }): number {
  const [left, setLeft] = useState(refusal.wait);

  useEffect(() => {
    const end = performance.now() + refusal.wait * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    count();
    const tick = setInterval(count, 250);
    return () => clearInterval(tick);
  }, [refusal]);

  return left;
}

function inWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const parts = [
    minutes > 0 && `${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
    (rest > 0 || minutes === 0) && `${rest} ${rest === 1 ? "second" : "seconds"}`,
  ];
  return parts.filter(Boolean).join(" ");
}
