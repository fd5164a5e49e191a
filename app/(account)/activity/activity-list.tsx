"use client";

import { Moment } from "@/app/ui/time/moment";
import type { Entry } from "@/lib/ledger/activity";
import { KindIcon, Note, Source } from "./entry-parts";

/** The latest few events of an account, for narrow places: what happened, by whom, from where, and when. */
export function ActivityList({ entries }: { entries: Entry[] }) {
  return (
    <ul className="divide-y divide-line">
      {entries.map((entry) => (
        <li key={entry.id} className="flex gap-3 py-3 break-inside-avoid">
          <KindIcon kind={entry.kind} />
          <div className="min-w-0 flex-1 text-sm">
            <p>
              <span className="font-medium">{entry.what}</span>
              <Note note={entry.note} />
              <Source entry={entry} />
            </p>
            <p className="text-muted">
              <Moment at={new Date(entry.at)} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
