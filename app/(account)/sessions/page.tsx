import type { Metadata } from "next";
import { currentSession, requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";
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

  return (
    <AccountPage found={found} title={t("sessionsPage.title")}>
      <p className="mb-4 text-muted">
        {rich("sessionsPage.introduction", {
          link: (parts) => (
            <a href="/account#password" className="font-medium text-ink underline underline-offset-4">
              {parts}
            </a>
          ),
        })}
      </p>
      <SessionList initial={await showSessions(found)} asked={asked} />
    </AccountPage>
  );
}
