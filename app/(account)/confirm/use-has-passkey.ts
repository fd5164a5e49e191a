"use client";

import { useEffect, useState } from "react";
import type { Answers } from "@/lib/api/schema";

/** Whether the logged-in user has a passkey, which is a second factor; false until the server has said so. */
export function useHasPasskey(hasSecondFactor: boolean): boolean {
  const [hasPasskey, setHasPasskey] = useState(false);

  useEffect(() => {
    const ask = async () => {
      const answer = await fetch("/api/passkeys", { cache: "no-store" });
      if (!answer.ok) return;
      const { passkeys }: Answers["/api/passkeys"] = await answer.json();
      setHasPasskey(passkeys.length > 0);
    };
    // Without an answer there is the password.
    if (hasSecondFactor) ask().catch(() => {});
  }, [hasSecondFactor]);

  return hasPasskey;
}
