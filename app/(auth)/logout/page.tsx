import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { requestContext } from "@/lib/request-context";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { WhatHappened } from "../login/what-happened";
import { LogoutButton } from "./logout-button";

export async function generateMetadata(): Promise<Metadata> {
  // Before `words`: the session has the language that the user chose.
  await currentSession();
  return { title: words().t("authPage.logOut") };
}

/** Asks before logging out: a link to this page, followed or prefetched, logs nobody out. */
export default async function LogoutPage() {
  const answer = await currentSession();
  const { t } = words();

  if (answer.state === "signed-out" || answer.state === "ended") {
    return (
      <Screen title={t(requestContext().ending ? "authPage.loggedOut" : "authPage.nobodyHere")}>
        <WhatHappened answer={answer} />
        <ButtonLink href="/login">{t("authPage.logIn")}</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title={t("authPage.logOutQuestion")}>
      <p className="text-muted">{t("authPage.logOutEffect")}</p>
      <div className="flex flex-col gap-3">
        <LogoutButton until={answer.state === "valid" ? answer.session.totalAt.toISOString() : undefined} />
        <ButtonLink href="/dashboard" kind="secondary">
          {t("authPage.stay")}
        </ButtonLink>
      </div>
    </Screen>
  );
}
