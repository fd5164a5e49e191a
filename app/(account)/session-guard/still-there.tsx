"use client";

import { useState } from "react";
import { Button } from "@/app/ui/button";
import { Countdown } from "@/app/ui/time/countdown";
import { usePrivateWords } from "@/lib/i18n/react";
import type { Times } from "./times";

/** Asks before the idle timeout whether the user is still there. */
export function StillThere({ times, onStay }: { times: Times; onStay: () => Promise<void> }) {
  const [isWorking, setIsWorking] = useState(false);
  const { t, rich } = usePrivateWords();

  return (
    <>
      <p className="mb-5 text-muted">
        {rich("guard.unused", {
          left: () => (
            <span className="font-medium text-ink tabular-nums" aria-live="off">
              <Countdown to={times.idleAt} now={times.now} />
            </span>
          ),
        })}
      </p>
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <Button
          disabled={isWorking}
          onClick={async () => {
            setIsWorking(true);
            await onStay().finally(() => setIsWorking(false));
          }}
        >
          {t("guard.stay")}
        </Button>
        <form action="/logout/end" method="post" className="contents">
          <input type="hidden" name="until" value={times.totalAt} />
          <Button type="submit" kind="secondary">
            {t("guard.logOut")}
          </Button>
        </form>
      </div>
    </>
  );
}
