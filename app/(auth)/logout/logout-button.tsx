"use client";

import { useEffect, useState } from "react";
import { Button } from "@/app/ui/button";
import { useWords } from "@/lib/i18n/react";

/** How long to wait for a response, in milliseconds. */
const PATIENCE = 10_000;

type Props = {
  kind?: "primary" | "secondary";
  /** When the session ends at the latest, as ISO 8601: shown if the server cannot end it now. */
  until?: string | undefined;
};

/** Logs out at once. It is a plain form, so it works in any state of the page. */
export function LogoutButton({ kind, until }: Props) {
  const { t } = useWords();
  const [sent, setSent] = useState(false);

  useEffect(() => {
    if (!sent) return;
    // Enable the button again if there is no response, or the user comes back to this page.
    const reset = () => setSent(false);
    const late = setTimeout(reset, PATIENCE);
    addEventListener("pageshow", reset);
    return () => {
      clearTimeout(late);
      removeEventListener("pageshow", reset);
    };
  }, [sent]);

  return (
    <form action="/logout/end" method="post" onSubmit={() => setSent(true)} className="flex flex-col">
      {until && <input type="hidden" name="until" value={until} />}
      <Button type="submit" kind={kind} disabled={sent}>
        {t(sent ? "auth.loggingOut" : "auth.logOut")}
      </Button>
    </form>
  );
}
