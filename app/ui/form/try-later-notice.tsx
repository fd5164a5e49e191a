"use client";

import { useEffect, useState } from "react";
import { Button } from "@/app/ui/button";
import type { Failure } from "./form-state";
import { Notice } from "./notice";

/** Says why a form was not processed, and what to do. The fields were not at fault, and keep their values. */
export function TryLaterNotice({ tryLater }: { tryLater: Failure }) {
  if (tryLater.state === "throttled") return <TooOften throttled={tryLater} />;
  return (
    <Notice kind="problem">
      <p>{inWords(tryLater)}</p>
      {tryLater.state === "outdated" && (
        <Button type="button" kind="secondary" className="mt-3" onClick={() => location.reload()}>
          Load the page again
        </Button>
      )}
    </Notice>
  );
}

/** The same as a text of one or two sentences. */
export function inWords(failure: Failure): string {
  switch (failure.state) {
    case "throttled":
      return `That was too often. Try again in ${waitInWords(failure.wait)}.`;
    case "busy":
      return "Too many passwords are being checked just now. Nothing is wrong with what you typed; try again in a few seconds.";
    case "unavailable":
      return "The database does not answer. Nothing is wrong with what you typed; try again in a moment.";
    case "offline":
      return "There is no connection to the server. What you typed is still here; try again once you are connected.";
    case "outdated":
      return "There is a newer version of this page, and nothing was sent. Copy what you typed, then load the page again.";
    case "unexpected":
      return failure.reference
        ? `This did not work. The fault is ours, and we have noted it as ${failure.reference}. What you typed is still here; try again.`
        : "The server did not accept this. What you typed is still here; try again, or load the page again.";
  }
}

function TooOften({ throttled }: { throttled: { wait: number } }) {
  const left = useCountdown(throttled);

  if (left === 0) return <Notice kind="done">You can try again now.</Notice>;
  return (
    <Notice kind="problem">
      <span>That was too often. Try again in </span>
      {/* Not live: a screen reader that announced every second would say nothing else. */}
      <span aria-live="off" className="font-medium whitespace-nowrap tabular-nums">
        {waitInWords(left)}
      </span>
      <span>.</span>
    </Notice>
  );
}

/** The seconds left to wait, counted from when this result is first shown. A new result restarts the countdown. */
function useCountdown(throttled: { wait: number }): number {
  const [left, setLeft] = useState(throttled.wait);

  useEffect(() => {
    const end = performance.now() + throttled.wait * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    count();
    const tick = setInterval(count, 250);
    return () => clearInterval(tick);
  }, [throttled]);

  return left;
}

function waitInWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const parts = [
    minutes > 0 && `${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
    (rest > 0 || minutes === 0) && `${rest} ${rest === 1 ? "second" : "seconds"}`,
  ];
  return parts.filter(Boolean).join(" ");
}
