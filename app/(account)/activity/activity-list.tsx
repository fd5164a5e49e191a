import { KeyRound, LogOut, ShieldAlert, UserCog } from "lucide-react";
import { Moment } from "@/app/ui/moment";
import type { Entry } from "@/lib/ledger/activity";

const ICONS = { "sign-ins": KeyRound, failures: ShieldAlert, endings: LogOut, changes: UserCog };

type Props = {
  entries: Entry[];
  /** Where there is little room: the time below. */
  isNarrow?: boolean;
};

/** What has happened to an account: what, when, from where, by whom. */
export function ActivityList({ entries, isNarrow }: Props) {
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
                <span className="block text-muted wrap-anywhere">
                  by {entry.by}
                  {entry.browser && `, ${entry.system ? `${entry.browser} on ${entry.system}` : entry.browser}`}
                  {entry.address && `, ${entry.address}`}
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
