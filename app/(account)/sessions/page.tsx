import type { Metadata } from "next";
import { FoldedCard } from "@/app/ui/card";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { DAY } from "@/lib/env";
import { listActivity } from "@/lib/ledger/activity";
import { currentSession, requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { ActivityList } from "../activity/activity-list";
import { parseSort } from "./arrange";
import { SessionList } from "./session-list";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("sessionsPage.title") };
}

/** The ended sessions that the page shows: how many, from how long ago, and from how many on it folds them away. */
const RECENT = { most: 10, age: 30 * DAY, folded: 4 };

export default async function SessionsPage({ searchParams }: PageProps<"/sessions">) {
  const found = await requireSession();
  const { t, rich } = words();
  const query = await searchParams;
  const search = typeof query.search === "string" ? query.search : "";
  const asked = { search, sort: parseSort(query.sort) };
  const [sessions, { entries }] = await Promise.all([
    showSessions(found),
    listActivity(found.user.id, { kind: "endings", before: null }, words(), RECENT.most),
  ]);
  const ended = entries.filter(({ at }) => Date.parse(at) > found.now.getTime() - RECENT.age);

  return (
    <AccountPage found={found} title={t("sessionsPage.title")}>
      <div className="mb-4 flex flex-wrap items-center gap-x-6 gap-y-3">
        <p className="min-w-0 flex-1 basis-72 text-muted">
          {rich("sessionsPage.introduction", {
            link: (parts) => (
              <a href="/account#password" className="font-medium text-ink underline underline-offset-4">
                {parts}
              </a>
            ),
          })}
        </p>
        <ButtonLink href="/sessions/phone" kind="secondary">
          {t("phonePage.title")}
        </ButtonLink>
      </div>
      <p className="mb-4 text-sm">
        <TextLink href="/sessions/timeline" prefetch={false}>
          {t("timeline.link")}
        </TextLink>
      </p>
      <SessionList initial={sessions} asked={asked} />
      {ended.length > 0 && (
        <div className="mt-6">
          <FoldedCard title={t("sessionsPage.recentlyEnded")} isOpen={ended.length < RECENT.folded}>
            <ActivityList entries={ended} />
            <p className="mt-2 text-sm">
              <TextLink href="/activity?kind=endings">{t("sessionsPage.allEndings")}</TextLink>
            </p>
          </FoldedCard>
        </div>
      )}
      <PlacesNote />
    </AccountPage>
  );
}
