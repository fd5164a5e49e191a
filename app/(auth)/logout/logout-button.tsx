"use client";

import { useEffect, useState } from "react";
import { Button } from "@/app/ui/button";

/** How long an answer is waited for, in milliseconds. */
const PATIENCE = 10_000;

type Props = {
  kind?: "primary" | "secondary";
  /** When the session ends at the latest, as ISO 8601: what there is to say, should the server not be able to end it now. */
  until?: string | undefined;
};

/** Ends the session at once. A plain form, so that it works in any state of the page. */
export function LogoutButton({ kind, until }: Props) {
  const [sent, setSent] = useState(false);

  useEffect(() => {
    if (!sent) return;
    // No answer, or the person has come back to this page: then it may be pressed again.
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
        {sent ? "Logging out …" : "Log out"}
      </Button>
    </form>
  );
}
