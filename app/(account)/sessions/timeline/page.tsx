import type { Metadata } from "next";
import { Card } from "@/app/ui/card";
import { TextLink } from "@/app/ui/link/text-link";
import { currentSession, requireSession } from "@/lib/session/current";
import { findTimeline } from "@/lib/session/timeline";
import { words } from "@/lib/words";
import { AccountPage } from "../../account-page";
import { SessionTimeline } from "./session-timeline";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("timeline.title") };
}

export default async function TimelinePage() {
  const found = await requireSession();
  const { t, timeZone } = words();
  const timeline = await findTimeline(found.user, { timeZone, now: found.now });

  return (
    <AccountPage found={found} title={t("timeline.title")}>
      <p className="mb-4 max-w-prose text-muted">{t("timeline.introduction")}</p>
      <Card title={t(timeZone ? "timeline.name" : "timeline.nameInUtc")}>
        <SessionTimeline timeline={timeline} here={found.session.handle} />
      </Card>
      <p className="mt-4 flex flex-wrap gap-x-5 gap-y-2 text-sm">
        <TextLink href="/sessions">{t("timeline.toSessions")}</TextLink>
        <TextLink href="/activity">{t("timeline.toActivity")}</TextLink>
      </p>
    </AccountPage>
  );
}
