"use client";

import { useEffect, useState } from "react";
import type { Hindrance } from "@/lib/auth/attempt";
import { Notice } from "./notice";

/** Says why something was not even tried, and from when on it can be. Nothing that was typed was wrong. */
export function Hindered({ hindrance }: { hindrance: Hindrance }) {
  switch (hindrance.state) {
    case "throttled":
      // A new refusal counts down anew.
      return <TooOften key={`${hindrance.wait} ${Date.now()}`} wait={hindrance.wait} />;
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

function TooOften({ wait }: { wait: number }) {
  const left = useCountdown(wait);

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

/** The seconds that are left of `seconds`, counted from when it is first shown. */
function useCountdown(seconds: number): number {
  const [left, setLeft] = useState(seconds);

  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    const tick = setInterval(() => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000))), 250);
    return () => clearInterval(tick);
  }, [seconds]);

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
