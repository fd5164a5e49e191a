"use client";

import type { ReactNode } from "react";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { usePrivateWords } from "@/lib/i18n/react";
import { revokeAll } from "./actions";

type Props = {
  /** A button or link to cancel. */
  children: ReactNode;
};

/** Asks for confirmation, then logs out every browser, including this one. */
export function Everywhere({ children }: Props) {
  const { t } = usePrivateWords();
  return (
    <>
      <p className="mb-5 text-muted">{t("sessions.endAllExplained")}</p>
      <div className="flex flex-col gap-3 sm:flex-row-reverse">
        <GuardedButton action={revokeAll} kind="danger">
          {t("sessions.endAllConfirm")}
        </GuardedButton>
        {children}
      </div>
    </>
  );
}
