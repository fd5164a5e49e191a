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
  const { t } = words;
  if (sessions.length === 0) return <p className="text-sm text-muted">{t("admin.noSessions")}</p>;

  const names = uniqueNames(sessions, (session) =>
    t("admin.browserOf", { browser: browserName(session, words), email: isolated(session.email) }),
  );
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => (
        <li key={session.handle} className="flex flex-wrap items-center gap-3 py-3 text-sm">
          <SessionLine session={session} now={now} isHere={session.handle === here} isOneUsers={isOneUsers ?? false} />
          <EndSessions
            meant={{ handle: session.handle }}
            label={t("admin.signOutOf", { name: names.get(session.handle) ?? "" })}
          >
            {t("admin.signOut")}
          </EndSessions>
        </li>
      ))}
    </ul>
  );
}

type LineProps = { session: SelectedSession; now: string; isHere: boolean; isOneUsers: boolean };

function SessionLine({ session, now, isHere, isOneUsers }: LineProps) {
  const words = useWords();
  const { t, rich } = words;
  const { userId, email, firstAddress, lastAddress, publicComputer, since, lastSeen } = session;
  const Icon = DEVICES[session.device];
  const first = firstAddress ?? t("admin.unknownAddress");
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
        {isHere && <span className="font-medium text-good"> · {t("admin.thisBrowser")}</span>}
        <span className="block text-muted wrap-anywhere">
          {!isOneUsers && <span>{browserName(session, words)} · </span>}
          {publicComputer && <span>{t("admin.publicComputer")} · </span>}
          <span>{hasMoved ? t("admin.moved", { first, last: lastAddress }) : first}</span>
          <span> · </span>
          <span>{rich("admin.signedIn", { time: () => <Relative at={since} now={now} /> })}</span>
          <span> · </span>
          <span>{rich("admin.lastSeen", { time: () => <Relative at={lastSeen} now={now} /> })}</span>
        </span>
      </p>
    </>
  );
}
