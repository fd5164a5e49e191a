"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { SOON } from "@/app/(account)/session-guard/title-countdown";
import { useServerTime } from "@/app/ui/time/clock";
import { Moment } from "@/app/ui/time/moment";
import { usePrivateWords } from "@/lib/i18n/react";

/** When this session ends at the latest; near its end, the time that is left, counting down. */
export function ThisSessionEnds({ publicComputer }: { publicComputer: boolean }) {
  const { times } = useLiveSession();
  const { t, rich } = usePrivateWords();
  const left = Math.max(0, Date.parse(times.idleAt) - useServerTime(times.now, 1000));

  if (left < SOON) {
    const [minutes, seconds] = [Math.floor(left / 60_000), Math.floor(left / 1000) % 60];
    return (
      <span className="font-medium text-brass tabular-nums">
        {t(times.idleAt === times.totalAt ? "dashboard.endsSoon" : "dashboard.endsSoonIfUnused", {
          minutes,
          seconds: String(seconds).padStart(2, "0"),
        })}
      </span>
    );
  }
  const time = () => <Moment at={new Date(times.totalAt)} />;
  return rich(publicComputer ? "dashboard.endsByOrWithBrowser" : "dashboard.endsBy", { time });
}
