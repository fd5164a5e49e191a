"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState, useSyncExternalStore, useTransition } from "react";
import { useGuardedSubmit } from "@/app/(account)/session-guard/guarded-form";
import { useLiveSession } from "@/app/(account)/session-guard/session-guard";
import { revoke } from "@/app/(account)/sessions/actions";
import { Button } from "@/app/ui/button";
import { Dialog } from "@/app/ui/dialog";
import { isComposing } from "@/app/ui/form/keys";
import { useToldAnswer } from "@/app/ui/form/toast-answer";
import { Progress } from "@/app/ui/link/progress";
import { useWords } from "@/lib/i18n/react";
import { CommandList } from "./command-list";

const OPEN = "latchkey-commands";

/** The commands dialog, which opens with Ctrl K or ⌘ K on every private page. */
export function Commands({ isAdministrator }: { isAdministrator: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const [isLeaving, startTransition] = useTransition();
  const { isHidden } = useLiveSession();
  const logout = useRef<HTMLFormElement>(null);
  const router = useRouter();
  const { submit, dialog, isPending } = useGuardedSubmit(revoke, useToldAnswer());
  const { t } = useWords();

  useEffect(() => {
    const open = () => setIsOpen(true);
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || isComposing(event)) return;
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

  const logOutDevice = (handle: string) => {
    setIsOpen(false);
    const form = new FormData();
    form.set("handle", handle);
    void submit(form);
  };

  return (
    <>
      {(isLeaving || isPending) && <Progress />}
      <form ref={logout} action="/logout/end" method="post" hidden />
      <Dialog isOpen={isOpen && !isHidden} title={t("frame.commandsTitle")} onClose={() => setIsOpen(false)}>
        <CommandList
          isAdministrator={isAdministrator}
          onGo={go}
          onLogout={() => logout.current?.requestSubmit()}
          onLogoutOf={logOutDevice}
        />
      </Dialog>
      {dialog}
    </>
  );
}

/** A button that opens the commands, for users without a keyboard or who do not know the shortcut. */
export function OpenCommands() {
  const { t } = useWords();

  return (
    <Button
      kind="secondary"
      className="needs-script px-3"
      aria-keyshortcuts="Control+K Meta+K"
      onClick={() => dispatchEvent(new Event(OPEN))}
    >
      <Search className="size-4" aria-hidden="true" />
      <span className="sr-only">{t("frame.commands")}</span>
      <kbd className="hidden font-sans text-xs text-muted md:inline">
        <Keys />
      </kbd>
    </Button>
  );
}

/** The shortcut, as this machine names its keys. */
function Keys() {
  return useSyncExternalStore(
    () => () => {},
    () => (/^(Mac|iP)/.test(navigator.platform) ? "⌘ K" : "Ctrl K"),
    () => "Ctrl K",
  );
}
