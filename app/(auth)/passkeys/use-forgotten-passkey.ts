"use client";

import { useEffect } from "react";
import { loadCeremony } from "./load-ceremony";

/** Tells password managers of a passkey that no account has any more, so that they stop offering it. */
export function useForgottenPasskey(unknown: { rpId: string; id: string } | undefined): void {
  useEffect(() => {
    if (!unknown) return;
    loadCeremony()
      .then(({ forgetPasskey }) => forgetPasskey(unknown.rpId, unknown.id))
      .catch(() => {});
  }, [unknown]);
}
