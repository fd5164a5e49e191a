"use client";

import { DEVICES, uniqueNames } from "@/app/(account)/sessions/session-look";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Relative } from "@/app/ui/time/relative";
import { browserName } from "@/lib/http/browser-name";
import { useWords } from "@/lib/i18n/react";
import type { SelectedSession } from "@/lib/session/store/contract";
import { isolated } from "@/lib/text/isolated";
import { EndSessions } from "./sessions/end-sessions";

type Props = {
  sessions: SelectedSession[];
  /** The handle of the administrator's own session. */
  here: string;
  now: string;
  /** Whether all sessions belong to one user, who is named elsewhere on the page. */
  isOneUsers?: boolean;
};

/** A list of sessions, each with a button that ends it after confirmation. */
export function SessionLines({ sessions, here, now, isOneUsers }: Props) {
  const words = useWords();
  if (sessions.length === 0) return <p className="text-sm text-muted">There is none.</p>;

  const names = uniqueNames(sessions, (session) => `${browserName(session, words)} of ${isolated(session.email)}`);
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => (
        <li key={session.handle} className="flex flex-wrap items-center gap-3 py-3 text-sm">
          <SessionLine session={session} now={now} isHere={session.handle === here} isOneUsers={isOneUsers ?? false} />
          <EndSessions meant={{ handle: session.handle }} label={`Sign out ${names.get(session.handle)}`}>
            Sign out
          </EndSessions>
        </li>
      ))}
    </ul>
  );
}

type LineProps = { session: SelectedSession; now: string; isHere: boolean; isOneUsers: boolean };

function SessionLine({ session, now, isHere, isOneUsers }: LineProps) {
  const words = useWords();
  const { userId, email, firstAddress, lastAddress, publicComputer, since, lastSeen } = session;
  const Icon = DEVICES[session.device];
  const hasMoved = lastAddress !== null && lastAddress !== firstAddress;

  return (
    <>
      <Icon className="size-5 shrink-0 text-muted max-sm:hidden" aria-hidden="true" />
      <p className="min-w-0 flex-1 basis-56">
        {isOneUsers ? (
          <span className="font-medium">{browserName(session, words)}</span>
        ) : (
          <TextLink href={`/admin/users/${userId}`} prefetch={false} className="wrap-anywhere">
            <Isolated>{email}</Isolated>
          </TextLink>
        )}
        {isHere && <span className="font-medium text-good"> · This browser</span>}
        <span className="block text-muted wrap-anywhere">
          {!isOneUsers && <span>{browserName(session, words)} · </span>}
          {publicComputer && <span>Public computer · </span>}
          <span>{firstAddress ?? "unknown address"}</span>
          {hasMoved && <span>, then {lastAddress}</span>}
          <span> · signed in </span>
          <Relative at={since} now={now} />
          <span> · last seen </span>
          <Relative at={lastSeen} now={now} />
        </span>
      </p>
    </>
  );
}
