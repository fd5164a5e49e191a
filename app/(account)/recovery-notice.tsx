"use client";

import { CircleAlert } from "lucide-react";
import { cancelRecovery } from "@/app/(account)/account/security/actions";
import { GuardedButton } from "@/app/(account)/session-guard/guarded-form";
import { useLive } from "@/app/(account)/session-guard/use-live";
import { Moment } from "@/app/ui/time/moment";
import type { Answers } from "@/lib/api/schema";
import { usePrivateWords } from "@/lib/i18n/react";

/** Says in every open page that a recovery of the second factor is under way, and stops it. */
export function RecoveryNotice({ initial }: { initial: Answers["/api/recovery"] }) {
  const { recovery } = useLive("/api/recovery", initial);
  const { t, rich } = usePrivateWords();

  return (
    <div role="alert" className="print:hidden">
      {recovery && (
        <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border border-danger/30 bg-danger-ground p-3 text-sm leading-5 text-danger">
          <CircleAlert className="size-5 shrink-0" aria-hidden="true" />
          <p className="min-w-0 flex-1 basis-64">
            {rich(recovery.isDisputed ? "recover.disputed" : "recover.underWay", {
              time: () => <Moment at={new Date(recovery.dueAt)} />,
            })}
          </p>
          <GuardedButton action={cancelRecovery} kind="danger">
            {t("recover.stop")}
          </GuardedButton>
        </div>
      )}
    </div>
  );
}
