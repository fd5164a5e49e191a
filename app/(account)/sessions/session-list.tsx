"use client";

import { useActionState } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { AskFirst } from "@/app/ui/ask-first";
import { Button } from "@/app/ui/button";
import type { FormState } from "@/app/ui/form/form-state";
import { Notice } from "@/app/ui/form/notice";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { Relative } from "@/app/ui/time/relative";
import { browserName } from "@/lib/http/browser-name";
import { useWords } from "@/lib/i18n/react";
import type { ShownSession, ShownSessions } from "@/lib/session/session-view";
import { isolated } from "@/lib/text/isolated";
import { actOnSessions, forgetConfirmation, revoke, revokeOthers } from "./actions";
import { Everywhere } from "./everywhere";
import { DEVICES, nameOf, uniqueNames } from "./session-look";
import { SessionName } from "./session-name";

/** All sessions of the user, kept up to date. */
export function SessionList({ initial }: { initial: ShownSessions }) {
  const words = useWords();
  const { t } = words;
  const { sessions, now } = useLive("/api/sessions", initial);
  const others = sessions.length - 1;
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  const list = useKeptFocus<HTMLUListElement>();
  // The result of an action that was sent as a plain form. With JavaScript, a toast shows it.
  const [told, send] = useActionState<FormState, FormData>(actOnSessions, {});

  return (
    <>
      {told.done && <Told kind="done">{told.done}</Told>}
      {told.errors?.form && <Told kind="problem">{told.errors.form}</Told>}
      <ul ref={list} className="grid gap-4">
        {sessions.map((session) => (
          <li key={session.handle}>
            <SessionCard
              session={session}
              title={names.get(session.handle) ?? nameOf(session, words)}
              now={now}
              plainAction={send}
            />
          </li>
        ))}
      </ul>
      <section id="others" className="mt-8 flex flex-col gap-3 border-t border-line pt-6 sm:flex-row sm:items-center">
        <p className="mr-auto text-sm text-muted">{t("sessions.others", { count: others })}</p>
        {others > 0 && (
          <GuardedButton action={revokeOthers} plainAction={send} values={{ act: "revoke-others" }}>
            {t("sessions.signOutOthers")}
          </GuardedButton>
        )}
        <AskFirst
          page="/sessions/end-all"
          title={t("sessions.endAllTitle")}
          kind="danger"
          button={t("sessions.endAll")}
        >
          {(close) => (
            <Everywhere>
              <Button type="button" kind="secondary" data-first onClick={close}>
                {t("sessions.cancel")}
              </Button>
            </Everywhere>
          )}
        </AskFirst>
      </section>
    </>
  );
}

function Told({ kind, children }: { kind: "done" | "problem"; children: string }) {
  return (
    <div className="mb-4">
      <Notice kind={kind}>{children}</Notice>
    </div>
  );
}

type CardProps = {
  session: ShownSession;
  /** The session's name, unique on this page. */
  title: string;
  now: string;
  plainAction: (form: FormData) => void;
};

function SessionCard({ session, title, now, plainAction }: CardProps) {
  const words = useWords();
  const { t, rich } = words;
  const Icon = DEVICES[session.device];
  const { handle, isThis, publicComputer, firstAddress, lastAddress } = session;
  const hasMoved = lastAddress !== null && lastAddress !== firstAddress;

  return (
    <article
      aria-label={title}
      className={`rounded-xl border bg-surface p-5 sm:p-6 ${isThis ? "border-good/50" : "border-line"}`}
    >
      <div className="flex flex-wrap items-start gap-4">
        <Icon className="mt-0.5 size-6 shrink-0 text-muted" aria-hidden="true" />
        <div className="min-w-0 flex-1 basis-44">
          <SessionName handle={handle} name={session.name} browser={browserName(session, words)} title={title} />
          <p className="mt-0.5 text-sm text-muted">
            {isThis && <span className="font-medium text-good">{t("sessions.thisBrowser")} · </span>}
            {session.name && <span>{browserName(session, words)} · </span>}
            {publicComputer && <span>{t("sessions.publicComputer")} · </span>}
            <span>
              {isThis
                ? t("sessions.lastSeenNow")
                : rich("sessions.lastSeen", { time: () => <Relative at={session.lastSeen} now={now} /> })}
            </span>
          </p>
        </div>
        {!isThis && (
          <GuardedButton
            action={revoke}
            plainAction={plainAction}
            values={{ act: "revoke", handle }}
            label={t("sessions.signOutNamed", { name: isolated(title) })}
          >
            {t("sessions.signOut")}
          </GuardedButton>
        )}
      </div>
      <dl className="mt-4 grid gap-x-6 gap-y-3 text-sm sm:grid-cols-2 lg:grid-cols-4">
        <Fact name={t("sessions.signedIn")}>
          <Relative at={session.since} now={now} />
          <span className="block text-muted">
            {firstAddress ? t("sessions.from", { address: firstAddress }) : t("sessions.fromUnknown")}
          </span>
          {hasMoved && <span className="block text-muted">{t("sessions.lastUsedFrom", { address: lastAddress })}</span>}
        </Fact>
        <Fact name={t("sessions.passwordEntered")}>
          <Relative at={session.confirmedAt} now={now} />
          {session.confirmedUntil && (
            <span className="block text-muted">
              <span>{t("sessions.notAskedAgain")}</span>
              {isThis && (
                <span className="mt-2 block">
                  <GuardedButton
                    action={forgetConfirmation}
                    plainAction={plainAction}
                    values={{ act: "forget-confirmation" }}
                  >
                    {t("sessions.askAgain")}
                  </GuardedButton>
                </span>
              )}
            </span>
          )}
        </Fact>
        <Fact name={t("sessions.endsIfUnused")}>
          <Relative at={session.idleAt} now={now} />
        </Fact>
        <Fact name={t("sessions.endsInAnyCase")}>
          <Relative at={session.totalAt} now={now} />
        </Fact>
      </dl>
      <p className="mt-3 text-sm text-muted">{session.why}</p>
    </article>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{name}</dt>
      <dd className="mt-0.5 wrap-anywhere">{children}</dd>
    </div>
  );
}
