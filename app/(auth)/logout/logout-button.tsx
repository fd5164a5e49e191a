"use client";

import { useState } from "react";
import { Button } from "@/app/ui/button";
import { useWords } from "@/lib/i18n/react";
import { noResponse } from "./no-response";

type Props = {
  kind?: "primary" | "secondary";
  /** When the session ends at the latest, as ISO 8601: shown if the server cannot end it now. */
  until?: string | undefined;
};

/** Logs out at once. It is a plain form, so it works in any state of the page. */
export function LogoutButton({ kind, until }: Props) {
  const { t } = useWords();
  const [sent, setSent] = useState(false);

  const send = async () => {
    setSent(true);
    await noResponse();
    setSent(false);
  };

  return (
    <form action="/logout/end" method="post" onSubmit={send} className="flex flex-col">
      {until && <input type="hidden" name="until" value={until} />}
      <Button type="submit" kind={kind} disabled={sent}>
        {t(sent ? "auth.loggingOut" : "auth.logOut")}
      </Button>
    </form>
  );
}
