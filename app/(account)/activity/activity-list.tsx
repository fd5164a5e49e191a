"use client";

import { KeyRound, LogOut, ShieldAlert, UserCog } from "lucide-react";
import type { ReactNode } from "react";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Moment } from "@/app/ui/time/moment";
import { browserName } from "@/lib/http/browser-name";
import { useWords } from "@/lib/i18n/react";
import type { BrowserWords } from "@/lib/i18n/words";
import type { Entry, FullEntry } from "@/lib/ledger/activity";

const ICONS = { "sign-ins": KeyRound, failures: ShieldAlert, endings: LogOut, changes: UserCog };

const BY = {
  you: "activity.by-you",
  somebody: "activity.by-somebody",
  "somebody else": "activity.by-somebody-else",
  "an administrator": "activity.by-administrator",
} as const;

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
                    {words.rich("activity.note", { note: () => <Isolated>{entry.note}</Isolated> })}
                  </span>
                )}
                <span className="block text-muted wrap-anywhere">
                  {words.rich("activity.whence", {
                    who: () => ("user" in entry ? doerOf(entry, words) : byWhom(entry, words)),
                    browser: entry.browser
                      ? browserName({ browser: entry.browser, system: entry.system }, words)
                      : "none",
                    address: entry.address ?? "none",
                  })}
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
  const { t } = useWords();
  if (!userId) return <span className="text-muted">{` · ${t("activity.unknownAccount")}`}</span>;
  return (
    <>
      {" · "}
      <TextLink href={`/admin/users/${userId}`} className="wrap-anywhere">
        <Isolated>{user}</Isolated>
      </TextLink>
    </>
  );
}

/** Who did it, for an administrator. */
function doerOf(entry: FullEntry, words: BrowserWords): ReactNode {
  const { userId, byUserId, byUser, note } = entry;
  if (!byUserId) return note ? words.t("activity.by-command-line") : byWhom(entry, words);
  if (byUserId === userId) return words.t("activity.by-themselves");
  return words.rich("activity.by-user", { name: () => <Isolated>{byUser}</Isolated> });
}

function byWhom({ by }: Entry, { t }: BrowserWords): string {
  return by === "Latchkey" ? t("activity.by-site") : t(BY[by]);
}
