"use client";

import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { startTransition, useEffect, useRef, useState } from "react";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";

const PLACES = [
  ["/dashboard", "Dashboard"],
  ["/sessions", "Sessions"],
  ["/activity", "Activity"],
  ["/account", "Account"],
  ["/account#password", "Change the password"],
  ["/sessions#others", "Sign out other browsers"],
] as const;

const ADMINISTRATION = [
  ["/admin", "Administration"],
  ["/admin/users", "All users"],
  ["/admin/users/new", "Make an account for somebody"],
  ["/admin/sessions", "All sessions"],
  ["/admin/activity", "The whole ledger"],
] as const;

const ITEM = "flex min-h-11 cursor-pointer items-center rounded-lg px-3 text-sm aria-selected:bg-sunken sm:min-h-10";

const OPEN = "latchkey-commands";

/** Everything that can be done from everywhere, by its name: Ctrl or ⌘ and K. */
export function Commands({ isAdministrator }: { isAdministrator: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const logout = useRef<HTMLFormElement>(null);
  const router = useRouter();

  useEffect(() => {
    const open = () => setIsOpen(true);
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setIsOpen((now) => !now);
    };
    addEventListener("keydown", press);
    addEventListener(OPEN, open);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener(OPEN, open);
    };
  }, []);

  const go = (path: string) => {
    setIsOpen(false);
    startTransition(() => router.push(path));
  };

  return (
    <>
      <form ref={logout} action="/logout/end" method="post" hidden />
      <Dialog isOpen={isOpen} title="What would you like to do?" onClose={() => setIsOpen(false)}>
        <Command label="Commands" className="flex flex-col gap-2">
          <Command.Input
            data-first
            placeholder="Go to …, log out, …"
            className="min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base sm:min-h-10 sm:text-sm"
          />
          <Command.List className="max-h-80 overflow-y-auto">
            <Command.Empty className="p-3 text-sm text-muted">There is nothing by that name.</Command.Empty>
            {[...PLACES, ...(isAdministrator ? ADMINISTRATION : [])].map(([path, name]) => (
              <Command.Item key={path} className={ITEM} onSelect={() => go(path)}>
                {name}
              </Command.Item>
            ))}
            <Command.Item className={ITEM} onSelect={() => logout.current?.submit()}>
              Log out
            </Command.Item>
          </Command.List>
        </Command>
      </Dialog>
    </>
  );
}

/** Opens the commands, for who has no keyboard, or does not know the keys. */
export function OpenCommands() {
  return (
    <Button
      kind="secondary"
      className="needs-script px-3"
      aria-label="Commands"
      aria-keyshortcuts="Control+K Meta+K"
      onClick={() => dispatchEvent(new Event(OPEN))}
    >
      <Search className="size-4" aria-hidden="true" />
      <kbd className="hidden font-sans text-xs text-muted md:inline">Ctrl K</kbd>
    </Button>
  );
}
