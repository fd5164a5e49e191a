"use client";

import { useState } from "react";
import { ActivityList } from "@/app/(account)/activity/activity-list";
import { FoldedCard } from "@/app/ui/card";
import { TextLink } from "@/app/ui/link/text-link";
import { usePrivateWords } from "@/lib/i18n/react";
import type { ShownDevices } from "@/lib/session/devices";

/** From how many ended sessions on the card is folded at first. */
const FOLDED = 4;

/** The sessions that ended recently. */
export function RecentlyEnded({ ended }: Pick<ShownDevices, "ended">) {
  const { t } = usePrivateWords();
  // Stays as it is when another session ends: the card must not close under the reader's eyes.
  const [isOpen] = useState(ended.length < FOLDED);
  if (ended.length === 0) return null;

  return (
    <div className="mt-6">
      <FoldedCard title={t("sessions.recentlyEnded")} isOpen={isOpen}>
        <ActivityList entries={ended} />
        <p className="mt-2 text-sm">
          <TextLink href="/activity?kind=endings">{t("sessions.allEndings")}</TextLink>
        </p>
      </FoldedCard>
    </div>
  );
}
