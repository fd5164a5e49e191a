"use client";

import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownSessions } from "@/lib/session/session-view";
import { isolated } from "@/lib/text/isolated";
import { nameOf, uniqueNames } from "../session-look";

/** Names the devices that log in while the page is open. */
export function Arrivals({ initial }: { initial: ShownSessions }) {
  const words = usePrivateWords();
  const { sessions } = useLive("/api/sessions", initial);
  const [known] = useState(() => new Set(initial.sessions.map(({ handle }) => handle)));
  const names = uniqueNames(sessions, (session) => nameOf(session, words));
  // This browser may have logged in again, and has another session since.
  const arrived = sessions.filter(({ handle, isThis }) => !isThis && !known.has(handle));

  return (
    // With room for the text before it, so that nothing moves when a device logs in.
    <div role="status" className="min-h-12 sm:min-h-6">
      {arrived.length === 0 && <p className="needs-script text-muted">{words.t("sessions.phoneAwaited")}</p>}
      {arrived.map(({ handle }) => (
        <p key={handle} className="flex gap-2 font-medium text-good">
          <CircleCheck className="mt-0.5 size-5 shrink-0" aria-hidden="true" />
          <span className="wrap-anywhere">
            {words.t("sessions.phoneArrived", { name: isolated(names.get(handle) ?? "") })}
          </span>
        </p>
      ))}
    </div>
  );
}
