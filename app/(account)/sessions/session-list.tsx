"use client";

import { GuardedButton } from "@/app/(account)/live/guarded-form";
import { useLive } from "@/app/(account)/live/use-live";
import { Relative } from "@/app/ui/relative";
import { isolated } from "@/lib/isolated";
import { browserName } from "@/lib/session/browser-name";
import type { ShownSession, ShownSessions } from "@/lib/session/shown";
import { forgetConfirmation, revoke, revokeAll, revokeOthers } from "./actions";
import { DEVICES, nameOf } from "./session-look";
import { SessionName } from "./session-name";

/** Every session of who looks at it, as it is at this moment. */
export function SessionList({ initial }: { initial: ShownSessions }) {
  const { sessions, now } = useLive("/api/sessions", initial);
  const others = sessions.length - 1;

  return (
    <>
      <ul className="grid gap-4">
        {sessions.map((session) => (
          <li key={session.handle}>
            <SessionCard session={session} now={now} />
          </li>
        ))}
      </ul>
      <section id="others" className="mt-8 flex flex-col gap-3 border-t border-line pt-6 sm:flex-row sm:items-center">
        <p className="mr-auto text-sm text-muted">
          {others === 0 && "You are signed in nowhere else."}
          {others === 1 && "One other browser is signed in as you."}
          {others > 1 && `${others} other browsers are signed in as you.`}
        </p>
        {others > 0 && <GuardedButton action={revokeOthers}>Sign out the others</GuardedButton>}
        <GuardedButton action={revokeAll} kind="danger">
          Sign out everywhere
        </GuardedButton>
      </section>
    </>
  );
}

function SessionCard({ session, now }: { session: ShownSession; now: string }) {
  const Icon = DEVICES[session.device];
  const { handle, isThis, publicComputer, firstAddress, lastAddress } = session;
  const hasMoved = lastAddress !== null && lastAddress !== firstAddress;

  return (
    <article
      aria-label={nameOf(session)}
      className={`rounded-xl border bg-surface p-5 sm:p-6 ${isThis ? "border-good/50" : "border-line"}`}
    >
      <div className="flex flex-wrap items-start gap-4">
        <Icon className="mt-0.5 size-6 shrink-0 text-muted" aria-hidden="true" />
        <div className="min-w-0 flex-1 basis-44">
          <SessionName handle={handle} name={session.name} browser={browserName(session)} />
          <p className="mt-0.5 text-sm text-muted">
            {isThis && <span className="font-medium text-good">This browser · </span>}
            {session.name && `${browserName(session)} · `}
            {publicComputer && "Public computer · "}
            last seen {isThis ? "now" : <Relative at={session.lastSeen} now={now} />}
          </p>
        </div>
        {!isThis && (
          <GuardedButton action={revoke} values={{ handle }} label={`Sign out ${isolated(nameOf(session))}`}>
            Sign out
          </GuardedButton>
        )}
      </div>
      <dl className="mt-4 grid gap-x-6 gap-y-3 text-sm sm:grid-cols-2 lg:grid-cols-4">
        <Fact name="Signed in">
          <Relative at={session.since} now={now} />
          <span className="block text-muted">from {firstAddress ?? "an unknown address"}</span>
          {hasMoved && <span className="block text-muted">last used from {lastAddress}</span>}
        </Fact>
        <Fact name="Password entered">
          <Relative at={session.confirmedAt} now={now} />
          {session.confirmedUntil && (
            <span className="block text-muted">
              not asked for again for now
              {isThis && (
                <span className="mt-2 block">
                  <GuardedButton action={forgetConfirmation}>Ask me again</GuardedButton>
                </span>
              )}
            </span>
          )}
        </Fact>
        <Fact name="Ends if unused">
          <Relative at={session.idleAt} now={now} />
        </Fact>
        <Fact name="Ends in any case">
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
