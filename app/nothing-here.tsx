"use client";

import { Screen } from "@/app/ui/screen";
import { buttonLook } from "./ui/button";

/** The page for an unknown address. */
export function NothingHere() {
  return (
    <Screen title="There is no such page">
      <p className="text-muted">The address may be mistyped, or the page may have moved.</p>
      <a href="/dashboard" className={buttonLook()}>
        To the dashboard
      </a>
    </Screen>
  );
}
