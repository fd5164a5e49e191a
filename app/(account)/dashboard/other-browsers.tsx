"use client";

import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { revoke } from "@/app/(account)/sessions/actions";
import { DEVICES, nameOf, uniqueNames } from "@/app/(account)/sessions/session-look";
import { useKeptFocus } from "@/app/ui/form/use-kept-focus";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Relative } from "@/app/ui/time/relative";
import { useWords } from "@/lib/i18n/react";
import type { ShownSessions } from "@/lib/session/session-view";
import { isolated } from "@/lib/text/isolated";

/** The maximum of sessions to show. The sessions page lists them all. */
const SHOWN = 3;

/** The user's other sessions, in short. */
export function OtherBrowsers({ initial }: { initial: ShownSessions }) {
  const words = useWords();
  const { t } = words;
  const { sessions, now } = useLive("/api/sessions", initial);
  const others = sessions.filter(({ isThis }) => !isThis);
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  const list = useKeptFocus<HTMLUListElement>();

  if (others.length === 0) {
    return <p className="text-sm text-muted">{t("dashboard.onlyHere")}</p>;
  }

  return (
    <>
      <ul ref={list} className="flex flex-col gap-4">
        {others.slice(0, SHOWN).map((session) => {
          const Icon = DEVICES[session.device];
          const title = names.get(session.handle) ?? nameOf(session, words);
          return (
            <li key={session.handle} className="flex items-center gap-3 text-sm">
              <Icon className="size-5 shrink-0 text-muted" aria-hidden="true" />
              <p className="min-w-0 flex-1">
                <span className="block truncate font-medium">
                  <Isolated>{title}</Isolated>
                </span>
                <span className="text-muted">
                  <Relative at={session.lastSeen} now={now} />
                </span>
              </p>
              <GuardedButton
                action={revoke}
                values={{ handle: session.handle }}
                label={t("sessions.signOutNamed", { name: isolated(title) })}
              >
                {t("sessions.signOut")}
              </GuardedButton>
            </li>
          );
        })}
      </ul>
      {others.length > SHOWN && (
        <p className="mt-4 text-sm">
          <TextLink href="/sessions">{t("dashboard.moreBrowsers", { count: others.length - SHOWN })}</TextLink>
        </p>
      )}
    </>
  );
}
