"use client";

import { KeyRound, LogOut, ShieldAlert, UserCog } from "lucide-react";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import { browserName } from "@/lib/http/browser-name";
import { useWords } from "@/lib/i18n/react";
import type { Entry, FullEntry } from "@/lib/ledger/activity";

const ICONS = { "sign-ins": KeyRound, failures: ShieldAlert, endings: LogOut, changes: UserCog };

type Props = {
  /** A user's own entries, or those of all users, which also show their user. */
  entries: Entry[] | FullEntry[];
  /** Whether to show the time below the text, for narrow places. */
  isNarrow?: boolean;
};

/** The events of an account: what happened, when, from where, and by whom. */
export function ActivityList({ entries, isNarrow }: Props) {
  const words = useWords();
  return (
    <ul className="divide-y divide-line">
      {entries.map((entry) => {
        const Icon = ICONS[entry.kind];
        return (
          <li key={entry.id} className="flex gap-3 py-3 break-inside-avoid">
            <Icon
              className={`mt-0.5 size-4.5 shrink-0 ${entry.kind === "failures" ? "text-danger" : "text-muted"}`}
              aria-hidden="true"
            />
            <div className={`min-w-0 flex-1 text-sm ${isNarrow ? "" : "sm:flex sm:justify-between sm:gap-6"}`}>
              <p>
                <span className="font-medium">{entry.what}</span>
                {"user" in entry && <Whose entry={entry} />}
                {entry.note && (
                  <span className="block wrap-anywhere">
                    “<Isolated>{entry.note}</Isolated>”
                  </span>
                )}
                <span className="block text-muted wrap-anywhere">
                  <span>by </span>
                  <Isolated>{"user" in entry ? doerOf(entry) : entry.by}</Isolated>
                  {entry.browser && (
                    <span>, {browserName({ browser: entry.browser, system: entry.system }, words)}</span>
                  )}
                  {entry.address && <span>, {entry.address}</span>}
                </span>
              </p>
              <p className="shrink-0 text-muted">
                <Moment at={new Date(entry.at)} />
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function Whose({ entry: { userId, user } }: { entry: FullEntry }) {
  if (!userId) return <span className="text-muted"> · an unknown account</span>;
  return (
    <>
      {" · "}
      <TextLink href={`/admin/users/${userId}`} className="wrap-anywhere">
        <Isolated>{user}</Isolated>
      </TextLink>
    </>
  );
}

function doerOf({ by, userId, byUserId, byUser, note }: FullEntry): string {
  if (byUserId) return byUserId === userId ? "themselves" : (byUser ?? by);
  return note ? "the command line" : by;
}
