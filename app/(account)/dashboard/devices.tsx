"use client";

import type { ReactNode } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { revoke } from "@/app/(account)/sessions/actions";
import { DEVICES, nameOf, uniqueNames } from "@/app/(account)/sessions/session-look";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Relative } from "@/app/ui/time/relative";
import { addressName } from "@/lib/http/address-name";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownSession, ShownSessions } from "@/lib/session/session-view";
import { isolated } from "@/lib/text/isolated";
import { ThisSessionEnds } from "./this-session-ends";

/** The maximum number of other sessions to show. The sessions page lists them all. */
const SHOWN = 3;

/** The user's sessions in short: this one, and those that were used last. */
export function Devices({ initial }: { initial: ShownSessions }) {
  const words = usePrivateWords();
  const { t, rich } = words;
  const { sessions, now } = useLive("/api/sessions", initial);
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  const titleOf = (session: ShownSession) => names.get(session.handle) ?? nameOf(session, words);
  const others = sessions.filter(({ isThis }) => !isThis);
  const list = useKeptFocus<HTMLUListElement>();

  return (
    <>
      <ul ref={list} className="divide-y divide-line">
        {sessions
          .filter(({ isThis }) => isThis)
          .map((session) => (
            <Device key={session.handle} session={session} title={titleOf(session)} mark={t("dashboard.thisDevice")}>
              <ThisSessionEnds publicComputer={session.publicComputer} />
            </Device>
          ))}
        {others.slice(0, SHOWN).map((session) => (
          <Device
            key={session.handle}
            session={session}
            title={titleOf(session)}
            button={
              <GuardedButton
                action={revoke}
                values={{ handle: session.handle }}
                label={t("sessions.signOutNamed", { name: isolated(titleOf(session)) })}
                done={t("sessions.isOut", { name: isolated(titleOf(session)) })}
              >
                {t("sessions.signOut")}
              </GuardedButton>
            }
          >
            <Relative at={session.lastSeen} now={now} />
            {session.lastAddress && <span> · {addressName(session.lastAddress, session.lastPlace?.name, words)}</span>}
          </Device>
        ))}
      </ul>
      {others.length === 0 && (
        <p className="pt-3 text-sm text-muted">
          {rich("dashboard.onlyHere", {
            link: (parts) => <TextLink href="/sessions/phone">{parts}</TextLink>,
          })}
        </p>
      )}
      {others.length > SHOWN && (
        <p className="pt-3 text-sm">
          <TextLink href="/sessions">{t("dashboard.moreBrowsers", { count: others.length - SHOWN })}</TextLink>
        </p>
      )}
    </>
  );
}

type Props = { session: ShownSession; title: string; mark?: string; button?: ReactNode; children: ReactNode };

function Device({ session, title, mark, button, children }: Props) {
  const Icon = DEVICES[session.device];
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-3 text-sm first:pt-0">
      <Icon className="size-5 shrink-0 text-muted" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-36">
        <p className="flex flex-wrap gap-x-2 font-medium">
          <span className="truncate">
            <Isolated>{title}</Isolated>
          </span>
          {mark && <span className="text-good">{mark}</span>}
        </p>
        <p className="text-muted wrap-anywhere">{children}</p>
      </div>
      {button}
    </li>
  );
}
