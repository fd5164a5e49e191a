"use client";

import dynamic from "next/dynamic";
import type { ComponentProps } from "react";
import { PrivateWords } from "@/app/ui/private-words";

/** Loaded only where there is a session: most visitors of the log-in page have none. */
const SessionGuard = dynamic(() =>
  import("@/app/(account)/session-guard/session-guard").then(({ SessionGuard }) => SessionGuard),
);

/** Watches the session of a logged-in visitor, as on private pages. */
export function StillLoggedIn(props: ComponentProps<typeof SessionGuard>) {
  return (
    <PrivateWords>
      <SessionGuard {...props} />
    </PrivateWords>
  );
}
