import type { Metadata } from "next";
import { TrustedBrowsers } from "@/app/(account)/account/security/security-forms";
import { Card } from "@/app/ui/card";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { PlacesNote } from "@/app/ui/places-note";
import { showTrustedBrowsers } from "@/lib/auth/second-factor/show";
import { currentSession, requireSession } from "@/lib/session/current";
import { showDevices } from "@/lib/session/devices";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { parseSort } from "./arrange";
import { SessionList } from "./session-list";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("sessionsPage.title") };
}

export default async function SessionsPage({ searchParams }: PageProps<"/sessions">) {
  const found = await requireSession();
  const { t, rich } = words();
  const query = await searchParams;
  const search = typeof query.search === "string" ? query.search : "";
  const asked = { search, sort: parseSort(query.sort) };
  const devices = await showDevices(found);
  const trusted = found.hasSecondFactor ? await showTrustedBrowsers(found.user.id) : [];

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
        <TextLink href="/sessions/timeline">{t("timeline.link")}</TextLink>
      </p>
      <SessionList initial={devices} asked={asked} />
      {trusted.length > 0 && (
        <div className="mt-5">
          <Card title={t("securityPage.trusted")} id="trusted">
            <TrustedBrowsers browsers={trusted} hasSecondFactor={found.hasSecondFactor} />
          </Card>
        </div>
      )}
      <PlacesNote />
    </AccountPage>
  );
}
