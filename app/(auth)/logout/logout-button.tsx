"use client";

import { useState } from "react";
import { Button } from "@/app/ui/button";

/** Ends the session at once. A plain form, so that it works in any state of the page. */
export function LogoutButton({ kind }: { kind?: "primary" | "secondary" }) {
  const [sent, setSent] = useState(false);

  return (
    <form action="/logout/end" method="post" onSubmit={() => setSent(true)} className="flex flex-col">
      <Button type="submit" kind={kind} disabled={sent}>
        {sent ? "Logging out …" : "Log out"}
      </Button>
    </form>
  );
}
