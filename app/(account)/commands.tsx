"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { startTransition, useEffect, useRef, useState } from "react";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { useToast } from "@/app/ui/toast";
import type { CommandList } from "./command-list";
import { useLiveSession } from "./live/live-session";

const OPEN = "latchkey-commands";

/** Everything that can be done from everywhere, by its name: Ctrl or ⌘ and K. */
export function Commands({ isAdministrator }: { isAdministrator: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const [List, setList] = useState<typeof CommandList | null>(null);
  const toast = useToast();
  const { isHidden } = useLiveSession();
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

  // Fetched once somebody wants it. The dialog is open by then, and keeps what is typed meanwhile from the page.
  useEffect(() => {
    if (!isOpen || List) return;
    import("./command-list").then(
      ({ CommandList }) => setList(() => CommandList),
      () => {
        setIsOpen(false);
        toast({
          kind: "problem",
          text: "The commands did not load. Load the page again; every page is in the menu, too.",
        });
      },
    );
  }, [isOpen, List, toast]);

  const go = (path: string) => {
    setIsOpen(false);
    startTransition(() => router.push(path));
  };

  return (
    <>
      <form ref={logout} action="/logout/end" method="post" hidden />
      <Dialog isOpen={isOpen && !isHidden} title="What would you like to do?" onClose={() => setIsOpen(false)}>
        {List ? (
          <List isAdministrator={isAdministrator} onGo={go} onLogout={() => logout.current?.submit()} />
        ) : (
          <p className="text-sm text-muted">One moment …</p>
        )}
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
