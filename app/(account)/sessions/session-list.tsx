"use client";

import { type RefObject, useActionState, useCallback, useEffect, useState } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { AskFirst } from "@/app/ui/ask-first";
import { Button } from "@/app/ui/button";
import type { FormState } from "@/app/ui/form/form-state";
import { Notice } from "@/app/ui/form/notice";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownDevice, ShownDevices } from "@/lib/session/devices";
import { actOnSessions, revoke, revokeOthers } from "./actions";
import { arrange, MANY, type Wanted } from "./arrange";
import { Everywhere } from "./everywhere";
import { PlacesMap } from "./places-map";
import { RecentlyEnded } from "./recently-ended";
import { nameOf, uniqueNames } from "./session-look";
import { SessionRow } from "./session-row";
import { SessionSearch } from "./session-search";

/** The id of the form that logs out the selected sessions. The checkboxes are outside it. */
const SELECTION = "selected-sessions";

type Props = {
  initial: ShownDevices;
  /** What the page's address asks for. */
  asked: Wanted;
};

/** All sessions of the user and those that ended recently, kept up to date. */
export function SessionList({ initial, asked }: Props) {
  const words = usePrivateWords();
  const { t } = words;
  const { sessions, ended, now } = useLive("/api/devices", initial, { withPages: true });
  const [wanted, setWanted] = useState(asked);
  // Stays true when sessions end: the search and the pressed button must not disappear from under the user.
  const [isLong, setIsLong] = useState(sessions.length >= MANY);
  if (!isLong && sessions.length >= MANY) setIsLong(true);
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  const groups = isLong ? arrange(sessions, { ...wanted, now, names }, words) : [{ name: null, sessions }];
  const list = useKeptFocus<HTMLDivElement>();
  // The result of an action that was sent as a plain form. With JavaScript, a toast shows it.
  const [told, send] = useActionState<FormState, FormData>(actOnSessions, {});
  const row = (session: ShownDevice, heading: "h2" | "h3") => (
    <li key={session.handle}>
      <SessionRow
        session={session}
        title={names.get(session.handle) ?? nameOf(session, words)}
        now={now}
        heading={heading}
        selection={isLong ? SELECTION : null}
        plainAction={send}
      />
    </li>
  );

  return (
    <>
      {told.done && <Told kind="done">{told.done}</Told>}
      {told.errors?.form && <Told kind="problem">{told.errors.form}</Told>}
      {isLong && <SessionSearch wanted={wanted} onChange={setWanted} />}
      <div ref={list} className="grid gap-4">
        {groups.map(({ name, sessions }) => (
          <div key={name}>
            {name && <h2 className="mb-2 text-sm font-semibold">{t(`sessions.group-${name}`)}</h2>}
            <ul
              aria-label={name ? t(`sessions.group-${name}`) : undefined}
              // The focused element must not be below the bar for the selection.
              className="divide-y divide-line rounded-xl border border-line bg-surface **:scroll-mb-24"
            >
              {sessions.map((session) => row(session, name ? "h3" : "h2"))}
            </ul>
          </div>
        ))}
        {groups.length === 0 && <p className="py-6 text-muted">{t("sessions.noMatch")}</p>}
      </div>
      {isLong && sessions.length > 1 && <Selection list={list} plainAction={send} />}
      <Others count={sessions.length - 1} plainAction={send} />
      <PlacesMap sessions={sessions} names={names} />
      <RecentlyEnded ended={ended} />
    </>
  );
}

type Sending = { plainAction: (form: FormData) => void };

/** Logs out the sessions whose checkboxes are checked. */
function Selection({ list, plainAction }: Sending & { list: RefObject<HTMLElement | null> }) {
  const { t } = usePrivateWords();
  const { count, all, setAll } = useChecked(list);

  return (
    <div
      className={`mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-xl border border-line bg-surface px-3 py-2 sm:px-4 ${count > 0 ? "sticky bottom-4 shadow-lg" : ""}`}
    >
      <label className="needs-script me-auto flex min-h-11 items-center gap-3 text-sm sm:min-h-10">
        <input
          type="checkbox"
          checked={count > 0 && count === all}
          ref={(box) => {
            if (box) box.indeterminate = count > 0 && count < all;
          }}
          onChange={({ target }) => setAll(target.checked)}
          className="size-5 accent-action"
        />
        {t("sessions.selectAll")}
      </label>
      <GuardedButton id={SELECTION} action={revoke} plainAction={plainAction} values={{ act: "revoke" }}>
        {t("sessions.signOutSelected", { count })}
      </GuardedButton>
    </div>
  );
}

/** Counts the checkboxes in a list, and those that are checked. They may be checked before the page's scripts run. */
function useChecked(list: RefObject<HTMLElement | null>) {
  const [[count, all], setCounts] = useState([0, 0]);
  const recount = useCallback(() => {
    const boxes = boxesIn(list.current);
    setCounts([boxes.filter(({ checked }) => checked).length, boxes.length]);
  }, [list]);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    recount();
    element.addEventListener("change", recount);
    // The search, or an event from elsewhere, removes and adds lines.
    const lines = new MutationObserver(recount);
    lines.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener("change", recount);
      lines.disconnect();
    };
  }, [list, recount]);

  const setAll = (isChecked: boolean) => {
    for (const box of boxesIn(list.current)) box.checked = isChecked;
    recount();
  };
  return { count, all, setAll };
}

function boxesIn(list: HTMLElement | null): HTMLInputElement[] {
  return [...(list?.querySelectorAll<HTMLInputElement>("[type=checkbox]") ?? [])];
}

/** Logs out all sessions, with or without this one. */
function Others({ count, plainAction }: Sending & { count: number }) {
  const { t } = usePrivateWords();
  return (
    <section id="others" className="mt-4 flex flex-col gap-3 sm:flex-row sm:items-center">
      <p className="me-auto text-sm text-muted">{t("sessions.others", { count })}</p>
      {count > 0 && (
        <GuardedButton action={revokeOthers} plainAction={plainAction} values={{ act: "revoke-others" }}>
          {t("sessions.signOutOthers")}
        </GuardedButton>
      )}
      <AskFirst page="/sessions/end-all" title={t("sessions.endAllTitle")} kind="danger" button={t("sessions.endAll")}>
        {(close) => (
          <Everywhere>
            <Button type="button" kind="secondary" data-first onClick={close}>
              {t("sessions.cancel")}
            </Button>
          </Everywhere>
        )}
      </AskFirst>
    </section>
  );
}

function Told({ kind, children }: { kind: "done" | "problem"; children: string }) {
  return (
    <div className="mb-4">
      <Notice kind={kind}>{children}</Notice>
    </div>
  );
}
