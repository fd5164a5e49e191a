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
import { usePrivateWords } from "@/lib/i18n/react";
import { CommandList } from "./command-list";
import { KeyList } from "./key-list";
import { placesFor } from "./places";
import { useSingleKeys } from "./single-keys";

const OPEN = "latchkey-commands";

/** The commands dialog, which opens with Ctrl K or ⌘ K on every private page, and the list of all keys, which opens with `?`. */
export function Commands({ isAdministrator }: { isAdministrator: boolean }) {
  const [open, setOpen] = useState<"commands" | "keys" | null>(null);
  const [isLeaving, startTransition] = useTransition();
  const { isHidden } = useLiveSession();
  const logout = useRef<HTMLFormElement>(null);
  const router = useRouter();
  const { submit, dialog, isPending } = useGuardedSubmit(revoke, useToldAnswer());
  const { t } = usePrivateWords();
  const commandsKey = useCommandsKey();

  useEffect(() => {
    const open = () => setOpen("commands");
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || isComposing(event)) return;
      event.preventDefault();
      setOpen((now) => (now === "commands" ? null : "commands"));
    };
    addEventListener("keydown", press);
    addEventListener(OPEN, open);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener(OPEN, open);
    };
  }, []);

  const close = () => setOpen(null);
  const go = (path: string) => {
    close();
    startTransition(() => router.push(path));
  };
  const places = placesFor(isAdministrator);
  useSingleKeys({ places, onGo: go, onKeys: () => setOpen("keys") });

  const logOutDevice = (handle: string) => {
    close();
    const form = new FormData();
    form.set("handle", handle);
    void submit(form);
  };

  return (
    <>
      {(isLeaving || isPending) && <Progress />}
      <form ref={logout} action="/logout/end" method="post" hidden />
      <Dialog isOpen={open === "commands" && !isHidden} title={t("frame.commandsTitle")} onClose={close}>
        <CommandList
          isAdministrator={isAdministrator}
          onGo={go}
          onKeys={() => setOpen("keys")}
          onLogout={() => logout.current?.requestSubmit()}
          onLogoutOf={logOutDevice}
        />
      </Dialog>
      <Dialog isOpen={open === "keys" && !isHidden} title={t("frame.keys")} onClose={close}>
        <KeyList places={places} commands={commandsKey} />
      </Dialog>
      {dialog}
    </>
  );
}

/** A button that opens the commands, for users without a keyboard or who do not know the shortcut. */
export function OpenCommands() {
  const { t } = usePrivateWords();
  const keys = useCommandsKey();

  return (
    <Button
      kind="secondary"
      className="needs-script px-3"
      aria-keyshortcuts="Control+K Meta+K"
      onClick={() => dispatchEvent(new Event(OPEN))}
    >
      <Search className="size-4" aria-hidden="true" />
      <span className="sr-only">{t("frame.commands")}</span>
      <kbd className="hidden font-sans text-xs text-muted md:inline">{keys}</kbd>
    </Button>
  );
}

/** The shortcut, as this machine names its keys. */
function useCommandsKey(): string {
  return useSyncExternalStore(
    () => () => {},
    () => (/^(Mac|iP)/.test(navigator.platform) ? "⌘ K" : "Ctrl K"),
    () => "Ctrl K",
  );
}
