"use client";

import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { useServerTime } from "@/app/ui/time/clock";
import { Moment } from "@/app/ui/time/moment";
import { useWords } from "@/lib/i18n/react";
import type { BrowserWords } from "@/lib/i18n/words";

const RADIUS = 34;
const LENGTH = 2 * Math.PI * RADIUS;

/** The time that this session has left, counting down. `idleLifetime` is in milliseconds. */
export function ThisSession({ idleLifetime, publicComputer }: { idleLifetime: number; publicComputer: boolean }) {
  const { times } = useLiveSession();
  const words = useWords();
  const { t } = words;
  const left = Math.max(0, Date.parse(times.idleAt) - useServerTime(times.now, 1000));

  return (
    <div className="flex items-center gap-5">
      <svg viewBox="0 0 80 80" className="size-24 shrink-0 -rotate-90" aria-hidden="true">
        <circle
          cx="40"
          cy="40"
          r={RADIUS}
          fill="none"
          strokeWidth="5"
          className="stroke-line forced-colors:stroke-[GrayText]"
        />
        <circle
          cx="40"
          cy="40"
          r={RADIUS}
          fill="none"
          strokeWidth="5"
          strokeLinecap="round"
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - Math.min(1, left / idleLifetime))}
          className="stroke-good forced-colors:stroke-[Highlight]"
        />
      </svg>
      <dl className="min-w-0 text-sm">
        <dt className="text-muted">{t("dashboard.endsIfUnused")}</dt>
        <dd className="mb-2 text-base font-medium tabular-nums">{inWords(left, words)}</dd>
        <dt className="text-muted">{t("dashboard.endsInAnyCase")}</dt>
        <dd>
          <Moment at={new Date(times.totalAt)} />
          {publicComputer && <span className="block text-muted">{t("dashboard.endsWithBrowser")}</span>}
        </dd>
      </dl>
    </div>
  );
}

/** A duration in its two largest units. */
function inWords(milliseconds: number, { t }: BrowserWords): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return t("dashboard.daysAndHours", { days, hours });
  if (hours > 0) return t("dashboard.hoursAndMinutes", { hours, minutes });
  return t("dashboard.minutesAndSeconds", { minutes, seconds: String(seconds % 60).padStart(2, "0") });
}
