"use client";

import { useEffect, useState } from "react";
import { Button } from "@/app/ui/button";
import { useWords } from "@/lib/i18n/react";
import type { BrowserWords } from "@/lib/i18n/words";
import type { Failure } from "./form-state";
import { Notice } from "./notice";

/** Says why a form was not processed, and what to do. The fields were not at fault, and keep their values. */
export function TryLaterNotice({ tryLater }: { tryLater: Failure }) {
  const words = useWords();
  if (tryLater.state === "throttled") return <TooOften throttled={tryLater} />;

  return (
    <Notice kind="problem">
      <p>{inWords(tryLater, words)}</p>
      {tryLater.state === "outdated" && (
        <Button type="button" kind="secondary" className="mt-3" onClick={() => location.reload()}>
          {words.t("tryLater.reload")}
        </Button>
      )}
    </Notice>
  );
}

/** The same as a text of one or two sentences. */
export function inWords(failure: Failure, words: BrowserWords): string {
  const { t } = words;
  switch (failure.state) {
    case "throttled":
      return t("tryLater.throttled", { wait: waitInWords(failure.wait, words) });
    case "unexpected": {
      const { reference } = failure;
      return reference ? t("tryLater.unexpected", { reference }) : t("tryLater.refused");
    }
    default:
      return t(`tryLater.${failure.state}`);
  }
}

function TooOften({ throttled }: { throttled: { wait: number } }) {
  const words = useWords();
  const left = useCountdown(throttled);
  if (left === 0) return <Notice kind="done">{words.t("tryLater.canTryNow")}</Notice>;

  const wait = () => (
    // Not live: a screen reader that announced every second would say nothing else.
    <span aria-live="off" className="font-medium whitespace-nowrap tabular-nums">
      {waitInWords(left, words)}
    </span>
  );
  return (
    <Notice kind="problem">
      <span>{words.rich("tryLater.throttledLive", { wait })}</span>
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

function waitInWords(total: number, { duration }: BrowserWords): string {
  const parts = [Math.floor(total / 60) * 60, total % 60].filter((seconds) => seconds > 0);
  return parts.map((seconds) => duration(seconds * 1000)).join(" ");
}
