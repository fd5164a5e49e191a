import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../../account-page";
import { Everywhere } from "../everywhere";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("sessions.endAllTitle") };
}

/** Asks for confirmation without JavaScript. With JavaScript, a dialog does. */
export default async function EndAllPage() {
  const found = await requireSession();
  const { t } = words();

  return (
    <AccountPage found={found} title={t("sessions.endAllTitle")}>
      <div className="max-w-lg">
        <Everywhere>
          <ButtonLink href="/sessions" kind="secondary">
            {t("sessionsPage.back")}
          </ButtonLink>
        </Everywhere>
      </div>
    </AccountPage>
  );
}
