"use client";

import { Command } from "cmdk";
import { ADMINISTRATION, PLACES } from "./places";

const ITEM = "flex min-h-11 cursor-pointer items-center rounded-lg px-3 text-sm aria-selected:bg-sunken sm:min-h-10";

type Props = { isAdministrator: boolean; onGo: (path: string) => void; onLogout: () => void };

/** What can be done, found by its name. In a file of its own: half of a page's code, which most never ask for. */
export function CommandList({ isAdministrator, onGo, onLogout }: Props) {
  return (
    <Command label="Commands" className="flex flex-col gap-2">
      <Command.Input
        data-first
        autoFocus
        placeholder="Go to …, log out, …"
        className="min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base sm:min-h-10 sm:text-sm"
      />
      <Command.List className="max-h-80 overflow-y-auto">
        <Command.Empty className="p-3 text-sm text-muted">There is nothing by that name.</Command.Empty>
        {[...PLACES, ...(isAdministrator ? ADMINISTRATION : [])].map(([path, name]) => (
          <Command.Item key={path} className={ITEM} onSelect={() => onGo(path)}>
            {name}
          </Command.Item>
        ))}
        <Command.Item className={ITEM} onSelect={onLogout}>
          Log out
        </Command.Item>
      </Command.List>
    </Command>
  );
}
