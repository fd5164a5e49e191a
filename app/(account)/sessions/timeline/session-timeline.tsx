import { COUNTED } from "@/lib/capped-count";
import { DAY, HOUR, MINUTE } from "@/lib/env";
import { describeBrowser, readBrowser } from "@/lib/http/user-agent";
import type { Words } from "@/lib/i18n/words";
import { calendarOf } from "@/lib/ledger/days";
import type { FailedLine } from "@/lib/ledger/sessions";
import { describeEnding } from "@/lib/ledger/words";
import type { Timeline, TimelineSession } from "@/lib/session/timeline";
import { words } from "@/lib/words";
import { type Bar, lanesOf, type Mark, type Place, WAYS, type Way } from "./lanes";
import { type Group, type Tick, TimelineChart } from "./timeline-chart";
import {
  type FailureHeads,
  type FailureRow,
  FailureTable,
  type SessionHeads,
  type SessionRow,
  SessionTable,
} from "./timeline-tables";

/** The room that a lane keeps after each bar, in percent: as much as 24 pixels on the narrowest screen. */
const GAP = 12;

/** The most moments that a bar names. The table has them all. */
const MOST_NAMED = 5;

const WAY_OF: Record<TimelineSession["reason"], Way> = {
  active: "active",
  "logged-out": "here",
  replaced: "here",
  revoked: "elsewhere",
  "password-changed": "elsewhere",
  "over-limit": "elsewhere",
  restarted: "elsewhere",
  restored: "elsewhere",
  unknown: "elsewhere",
  idle: "time",
  expired: "time",
  disabled: "safety",
  "by-admin": "safety",
  replayed: "safety",
};

type Props = {
  timeline: Timeline;
  /** The handle of the reader's own session. */
  here: string;
};

/** A user's sessions of the last 30 days: as a chart, and below it as tables with the same values. */
export function SessionTimeline({ timeline, here }: Props) {
  const all = words();
  const { t, dir } = all;
  const { sessions, failures, hidden, hasMoreFailures, kept } = timeline;
  if (sessions.length + failures.length === 0) return <p className="text-sm text-muted">{t("timeline.none")}</p>;

  const notes = [
    hidden > 0 && t("timeline.hidden", { count: Math.min(hidden, COUNTED), capped: hidden > COUNTED ? "yes" : "no" }),
    hasMoreFailures && t("timeline.hiddenFailures", { count: failures.length }),
    kept !== null && t("timeline.kept", { length: all.duration(kept) }),
  ].filter((note) => note !== false);
  return (
    <>
      <TimelineChart
        name={t(all.timeZone ? "timeline.name" : "timeline.nameInUtc")}
        hint={t("timeline.hint")}
        groups={groupsOf(timeline, here, all)}
        ticks={ticksOf(timeline, all)}
        legend={legendOf(timeline, all)}
        isRtl={dir === "rtl"}
      />
      {notes.map((note) => (
        <p key={note} className="mt-2 text-sm text-muted">
          {note}
        </p>
      ))}
      <details className="mt-4 text-sm">
        <summary className="cursor-pointer text-muted hover:text-ink">{t("chart.asTable")}</summary>
        {sessions.length > 0 && (
          <SessionTable
            name={t("timeline.name")}
            heads={sessionHeads(all)}
            rows={sessionRows(timeline, here, all)}
            notRecorded={t("timeline.notRecorded")}
          />
        )}
        {failures.length > 0 && (
          <FailureTable name={t("adminPage.failures")} heads={failureHeads(all)} rows={failureRows(timeline, all)} />
        )}
      </details>
    </>
  );
}

/** Where moments are on the timeline, in percent. */
function placing({ since, until }: Timeline): (at: Date) => number {
  return (at) => {
    const share = (at.getTime() - since.getTime()) / (until.getTime() - since.getTime());
    return Math.round(Math.max(0, Math.min(1, share)) * 100_000) / 1000;
  };
}

/** Every seventh day, up to today. */
function ticksOf(timeline: Timeline, { day }: Words): Tick[] {
  const { days } = timeline;
  const place = placing(timeline);
  const named = days.filter((_, index) => (days.length - 1 - index) % 7 === 0);
  return named.map((start) => ({ at: place(start), name: day(start, "short") }));
}

/** The sessions by device: this one first, then the device that was last used. Failed log-ins come last. */
function groupsOf(timeline: Timeline, here: string, all: Words): Group[] {
  const ordered = [...timeline.sessions].sort((a, b) => Number(b.handle === here) - Number(a.handle === here));
  const byDevice = groupedBy(ordered, ({ userAgent }) => describeBrowser(userAgent, all));
  const groups = byDevice.map(([name, sessions]) => ({
    name,
    icon: readBrowser(sessions[0].userAgent).device,
    lanes: lanesOf(
      sessions.map((session) => barOf(session, timeline, here, all)),
      GAP,
    ),
  }));
  const failed = failedBars(timeline, all);
  return failed.length > 0
    ? [...groups, { name: all.t("adminPage.failures"), icon: "failed", lanes: lanesOf(failed, GAP) }]
    : groups;
}

function barOf(session: TimelineSession, timeline: Timeline, here: string, all: Words): Bar {
  const place = placing(timeline);
  const { handle, since, until, reason, confirmations, wrong } = session;
  const end = until ? place(until) : 100;
  const span: Place = { start: since ? Math.min(place(since), end) : end, end };
  const marks = [
    ...confirmations.map((at) => ({ at: place(at), mark: "confirmed" as const })),
    ...wrong.map((at) => ({ at: place(at), mark: "wrong" as const })),
  ];
  return {
    ...span,
    row: rowOf(session),
    kind: WAY_OF[reason],
    isOlder: since !== null && since < timeline.since,
    // Those within the same seconds are one.
    marks: groupedBy(marks, ({ at, mark }) => `${at} ${mark}`).map(([, [first]]) => first),
    lines: linesOf(session, timeline, handle === here, all),
  };
}

/** All that the table says about a session, too, in lines. */
function linesOf(session: TimelineSession, timeline: Timeline, isHere: boolean, all: Words): string[] {
  const { t, moment } = all;
  const { since, until, confirmations, wrong } = session;
  const isOlder = since !== null && since < timeline.since;
  const began = since ? moment(since) : t("timeline.notRecorded");
  return [
    nameOf(session, isHere, all),
    t(isOlder ? "timeline.loggedInBefore" : "timeline.loggedInAt", { time: began }),
    ...(until ? [t("timeline.endedAt", { time: moment(until) })] : []),
    reasonOf(session, all),
    ...(since ? [t("timeline.lastedFor", { length: lengthOf(session, timeline, all) })] : []),
    ...(confirmations.length > 0 ? [t("timeline.confirmedAt", { times: timesOf(confirmations, all) })] : []),
    ...(wrong.length > 0 ? [t("timeline.wrongAt", { times: timesOf(wrong, all) })] : []),
  ];
}

function nameOf({ userAgent, name }: TimelineSession, isHere: boolean, all: Words): string {
  return [name, describeBrowser(userAgent, all), isHere && all.t("sessions.thisBrowser")].filter(Boolean).join(" · ");
}

function reasonOf({ reason }: TimelineSession, all: Words): string {
  if (reason === "active") return all.t("timeline.active");
  return reason === "revoked" ? all.t("timeline.elsewhere") : describeEnding(reason, null, all);
}

/** How long a session lasted, or has lasted so far, rounded to its largest unit. */
function lengthOf({ since, until }: TimelineSession, timeline: Timeline, { t, duration }: Words): string {
  const length = (until ?? timeline.until).getTime() - (since ?? timeline.until).getTime();
  const unit = [DAY, HOUR, MINUTE].find((each) => length >= each);
  return unit ? duration(Math.round(length / unit) * unit) : t("timeline.moment");
}

/** The latest few of these moments, and how many more there are. */
function timesOf(times: Date[], { t, list, moment }: Words): string {
  const named = times.slice(-MOST_NAMED).map((at) => moment(at));
  const more = times.length - named.length;
  return list(more > 0 ? [...named, t("timeline.more", { count: more })] : named);
}

/** The failed log-ins of each of the reader's days, at the time of the first one. Those within a session are on its bar. */
function failedBars(timeline: Timeline, all: Words): Bar[] {
  const place = placing(timeline);
  const { t, day, number } = all;
  const dayAt = calendarOf(all.timeZone ?? "UTC");
  const shown = new Set(timeline.sessions.map(({ handle }) => handle));
  const others = timeline.failures.filter(({ handle }) => handle === null || !shown.has(handle));
  return groupedBy(others, ({ at }) => dayAt(at.getTime())).map(([, ofDay]) => {
    const times = ofDay.map(({ at }) => at).reverse();
    const count = ofDay.length;
    const at = place((ofDay.at(-1) ?? ofDay[0]).at);
    return {
      start: at,
      end: at,
      row: rowOf(ofDay[0]),
      kind: "failed",
      marks: [],
      count: count > 1 ? (count > 9 ? t("timeline.manyFailures") : number(count)) : null,
      lines: [
        t("timeline.failures", { count, day: day(ofDay[0].at) }),
        t("timeline.failedAt", { times: timesOf(times, all) }),
        all.list([...new Set(ofDay.map(({ userAgent }) => describeBrowser(userAgent, all)))]),
      ],
    };
  });
}

/** Things by their keys, in the order of the first of each. */
function groupedBy<T>(things: T[], keyOf: (thing: T) => string): [key: string, group: [T, ...T[]]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const thing of things) {
    const group = groups.get(keyOf(thing));
    if (group) group.push(thing);
    else groups.set(keyOf(thing), [thing]);
  }
  return [...groups];
}

/** The id of the row of a session, or of a failed log-in. */
function rowOf(of: TimelineSession | FailedLine): string {
  return "confirmations" in of ? `session-${of.handle}` : `failure-${of.id}`;
}

/** The kinds of bars and marks that there are, with their meanings. */
function legendOf(timeline: Timeline, { t }: Words) {
  const { sessions, failures } = timeline;
  const ways = WAYS.filter((way) => sessions.some(({ reason }) => WAY_OF[reason] === way));
  const marks: { kind: Mark; meaning: string; isThere: boolean }[] = [
    {
      kind: "confirmed",
      meaning: t("ledger.confirmed"),
      isThere: sessions.some(({ confirmations }) => confirmations.length > 0),
    },
    { kind: "wrong", meaning: t("timeline.wrong"), isThere: failures.length > 0 },
  ];
  return [
    ...ways.map((kind) => ({ kind, meaning: t(`timeline.${kind}`) })),
    ...marks.filter(({ isThere }) => isThere).map(({ kind, meaning }) => ({ kind, meaning })),
  ];
}

/** The sessions as rows of a table. */
function sessionRows(timeline: Timeline, here: string, all: Words): SessionRow[] {
  return timeline.sessions.map((session) => {
    const { handle, since, until, confirmations, wrong } = session;
    return {
      id: rowOf(session),
      name: nameOf(session, handle === here, all),
      since,
      until,
      reason: reasonOf(session, all),
      length: since && lengthOf(session, timeline, all),
      confirmations,
      wrong,
    };
  });
}

function sessionHeads({ t }: Words): SessionHeads {
  return {
    device: t("activityPage.device"),
    loggedIn: t("sessions.signedIn"),
    ended: t("timeline.ended"),
    lasted: t("timeline.lasted"),
    confirmed: t("ledger.confirmed"),
    wrong: t("ledger.failedConfirm"),
  };
}

/** The failed log-ins as rows of a table. */
function failureRows({ failures }: Timeline, all: Words): FailureRow[] {
  return failures.map((failure) => ({
    id: rowOf(failure),
    at: failure.at,
    what: all.t(failure.handle ? "ledger.failedConfirm" : "ledger.failed"),
    device: describeBrowser(failure.userAgent, all),
    address: failure.address ?? all.t("admin.unknownAddress"),
  }));
}

function failureHeads({ t }: Words): FailureHeads {
  return {
    time: t("timeline.wrong"),
    what: t("adminPage.kind"),
    device: t("activityPage.device"),
    address: t("adminPage.address"),
  };
}
