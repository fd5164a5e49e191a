"use client";

import { useState } from "react";
import { Button } from "@/app/ui/button";
import { Countdown } from "@/app/ui/time/countdown";
import type { Times } from "./times";

/** Asks before the idle timeout whether the user is still there. */
export function StillThere({ times, onStay }: { times: Times; onStay: () => Promise<void> }) {
  const [isWorking, setIsWorking] = useState(false);

  return (
    <>
      <p className="mb-5 text-muted">
        Nobody has used this page for a while. You will be logged out in{" "}
        <span className="font-medium text-ink tabular-nums" aria-live="off">
          <Countdown to={times.idleAt} now={times.now} />
        </span>
        . What you have typed stays on this page.
      </p>
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <Button
          disabled={isWorking}
          onClick={async () => {
            setIsWorking(true);
            await onStay().finally(() => setIsWorking(false));
          }}
        >
          Stay logged in
        </Button>
        <form action="/logout/end" method="post" className="contents">
          <input type="hidden" name="until" value={times.totalAt} />
          <Button type="submit" kind="secondary">
            Log out
          </Button>
        </form>
      </div>
    </>
  );
}
