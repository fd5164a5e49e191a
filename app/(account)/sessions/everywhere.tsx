"use client";

import type { ReactNode } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { revokeAll } from "./actions";

type Props = {
  /** A button or link to cancel. */
  children: ReactNode;
};

/** Asks for confirmation, then logs out every browser, including this one. */
export function Everywhere({ children }: Props) {
  return (
    <>
      <p className="mb-5 text-muted">Every browser that is signed in as you is logged out, this one too.</p>
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <GuardedButton action={revokeAll} kind="danger">
          Log out everywhere
        </GuardedButton>
        {children}
      </div>
    </>
  );
}
