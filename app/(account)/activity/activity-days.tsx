"use client";

import { ChevronDown } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { ExactMoment, TimeOfDay } from "@/app/ui/time/moment";
import { usePrivateWords } from "@/lib/i18n/react";
import type { Entry, FullEntry } from "@/lib/ledger/activity";
import type { ActivityDay, Fold } from "@/lib/ledger/grouping";
import { deviceOf, doerOf, KindIcon, Note, placeOf, Source } from "./entry-parts";

/**
 * Events day by day. Each line opens to its details. Events that repeat share a line, which lists their times. `days` are
 * of one user, or of all users, with the user of each event.
 */
export function ActivityDays({ days }: { days: ActivityDay<Entry>[] | ActivityDay<FullEntry>[] }) {
  return (
    <div data-rows className="mt-4">
      {days.map((day) => (
        <Day key={day.folds.at(-1)?.entry.id} day={day} />
      ))}
    </div>
  );
}

function Day({ day: { title, folds } }: { day: ActivityDay<Entry | FullEntry> }) {
  const id = useId();
  return (
    <>
      <h3 id={id} className="mt-5 text-sm font-semibold break-after-avoid first:mt-0">
        {title}
      </h3>
      <ul aria-labelledby={id} className="divide-y divide-line">
        {folds.map((fold) => (
          <li key={fold.entry.id} className="break-inside-avoid">
            <Line fold={fold} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** What happened and at what time, to be opened for its details. The link to the user is inside: a summary is a button. */
function Line({ fold: { entry, moments } }: { fold: Fold<Entry | FullEntry> }) {
  const { t } = usePrivateWords();
  return (
    <details className="group text-sm">
      <summary className="flex cursor-pointer list-none gap-3 py-3 [&::-webkit-details-marker]:hidden">
        <KindIcon kind={entry.kind} />
        <span className="min-w-0 flex-1 wrap-anywhere sm:flex sm:justify-between sm:gap-6">
          <span>
            <span className="font-medium">{entry.what}</span>
            {moments.length > 1 && (
              <span>{` · ${t(entry.kind === "endings" ? "activity.sessions" : "activity.times", { count: moments.length })}`}</span>
            )}
            {"user" in entry && (
              <span>
                {" · "}
                <User entry={entry} />
              </span>
            )}
            <Note note={entry.note} />
            <Source entry={entry} />
          </span>
          <span className="shrink-0 text-muted">
            <TimeOfDay at={moments[0]?.at ?? entry.at} />
          </span>
        </span>
        <ChevronDown className="mt-0.5 size-4.5 shrink-0 text-muted group-open:rotate-180" aria-hidden="true" />
      </summary>
      <Details fold={{ entry, moments }} />
    </details>
  );
}

function Details({ fold: { entry, moments } }: { fold: Fold<Entry | FullEntry> }) {
  const words = usePrivateWords();
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-4 gap-y-1 pb-4 sm:ps-7.5 [&>dd]:wrap-anywhere [&>dt]:text-muted [&>dt]:wrap-anywhere">
      <Fact name="time">{moments.length === 1 && <ExactMoment at={entry.at} />}</Fact>
      <Fact name="times">{moments.length > 1 && <Times moments={moments} />}</Fact>
      <Fact name="user">{"user" in entry && <User entry={entry} isLink />}</Fact>
      <Fact name="device">{deviceOf(entry, words)}</Fact>
      <Fact name="address">{placeOf(entry, words)}</Fact>
      <Fact name="doer">{doerOf(entry, words)}</Fact>
      <Fact name="reason">{entry.note && <Isolated>{entry.note}</Isolated>}</Fact>
      <Fact name="event">
        <code className="text-xs">{entry.event}</code>
      </Fact>
    </dl>
  );
}

type FactName = "time" | "times" | "user" | "device" | "address" | "doer" | "reason" | "event";

/** A name and a value of a list of details; nothing without a value. */
function Fact({ name, children }: { name: FactName; children: ReactNode }) {
  const { t } = usePrivateWords();
  if (!children) return null;
  return (
    <>
      <dt>{t(`activity.fact-${name}`)}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Times({ moments }: Pick<Fold<Entry>, "moments">) {
  return (
    <ul>
      {moments.map(({ id, at }) => (
        <li key={id}>
          <ExactMoment at={at} />
        </li>
      ))}
    </ul>
  );
}

function User({ entry: { userId, user }, isLink }: { entry: FullEntry; isLink?: boolean }) {
  const { t } = usePrivateWords();
  if (!userId) return <span className="text-muted">{t("activity.unknownAccount")}</span>;
  if (!isLink) return <Isolated>{user}</Isolated>;
  return (
    <TextLink href={`/admin/users/${userId}`}>
      <Isolated>{user}</Isolated>
    </TextLink>
  );
}
