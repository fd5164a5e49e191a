"use client";

import { DEVICES } from "@/app/(account)/sessions/session-look";
import { Button } from "@/app/ui/button";
import { Isolated } from "@/app/ui/isolated";
import { Relative } from "@/app/ui/relative";
import { TextLink } from "@/app/ui/text-link";
import { isolated } from "@/lib/isolated";
import { browserName } from "@/lib/session/browser-name";
import type { SelectedSession } from "@/lib/session/selection";

type Props = {
  sessions: SelectedSession[];
  /** The handle of the session that looks at this. */
  here: string;
  now: string;
  isPending: boolean;
  /** Whether they are all one user's, who is named elsewhere. */
  isOneUsers?: boolean;
};

/** Sessions, each with a button of the form around them that ends it. */
export function SessionLines({ sessions, here, now, isPending, isOneUsers }: Props) {
  if (sessions.length === 0) return <p className="text-sm text-muted">There is none.</p>;

  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => (
        <li key={session.handle} className="flex flex-wrap items-center gap-3 py-3 text-sm">
          <SessionLine session={session} now={now} isHere={session.handle === here} isOneUsers={isOneUsers ?? false} />
          <Button
            type="submit"
            name="act"
            value={`end:${session.handle}`}
            kind="secondary"
            disabled={isPending}
            aria-label={`Sign out ${browserName(session)} of ${isolated(session.email)}`}
            className="shrink-0"
          >
            Sign out
          </Button>
        </li>
      ))}
    </ul>
  );
}

type LineProps = { session: SelectedSession; now: string; isHere: boolean; isOneUsers: boolean };

function SessionLine({ session, now, isHere, isOneUsers }: LineProps) {
  const { userId, email, firstAddress, lastAddress, publicComputer, since, lastSeen } = session;
  const Icon = DEVICES[session.device];
  const hasMoved = lastAddress !== null && lastAddress !== firstAddress;

  return (
    <>
      <Icon className="size-5 shrink-0 text-muted max-sm:hidden" aria-hidden="true" />
      <p className="min-w-0 flex-1 basis-56">
        {isOneUsers ? (
          <span className="font-medium">{browserName(session)}</span>
        ) : (
          <TextLink href={`/admin/users/${userId}`} prefetch={false} className="wrap-anywhere">
            <Isolated>{email}</Isolated>
          </TextLink>
        )}
        {isHere && <span className="font-medium text-good"> · This browser</span>}
        <span className="block text-muted wrap-anywhere">
          {!isOneUsers && `${browserName(session)} · `}
          {publicComputer && "Public computer · "}
          {firstAddress ?? "unknown address"}
          {hasMoved && `, then ${lastAddress}`} · signed in <Relative at={since} now={now} /> · last seen{" "}
          <Relative at={lastSeen} now={now} />
        </span>
      </p>
    </>
  );
}
