"use client";

import type { ReactNode } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { revokeAll } from "./actions";

type Props = {
  /** The way out. */
  children: ReactNode;
};

/** Asks whether every browser is to be logged out, this one too, and does it. */
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
