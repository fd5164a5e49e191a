import type { Metadata } from "next";
import { AccountPage } from "@/app/(account)/account-page";
import { Card } from "@/app/ui/card";
import { Notice } from "@/app/ui/form/notice";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Moment } from "@/app/ui/time/moment";
import { showPasskeys } from "@/lib/auth/passkeys/show";
import { showSecurity } from "@/lib/auth/second-factor/show";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { currentSession, requireSession } from "@/lib/session/current";
import { mustEnrol } from "@/lib/session/policy";
import { words } from "@/lib/words";
import { PasskeysCard } from "./passkeys-card";
import { RecoveryCodesForm, RemoveApp, TrustedBrowsers } from "./security-forms";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("securityPage.title") };
}

/** The second factor of the account: who must have one, and has none, is led here and no further. */
export default async function SecurityPage({ searchParams }: PageProps<"/account/security">) {
  const found = await requireSession({ isEnrolling: true });
  const query = await searchParams;
  const next = "next" in query ? nextAddress(query.next) : null;
  const { t, rich } = words();
  const { app, recoveryCodes, trusted } = await showSecurity(found.user.id);
  const passkeys = await showPasskeys(found);
  const setUp = next ? leadingTo("/account/security/totp", next) : "/account/security/totp";

  return (
    <AccountPage found={found} title={t("securityPage.title")}>
      {mustEnrol(found) && (
        <div className="mb-5">
          <Notice kind="problem">{t("securityPage.mustEnrol")}</Notice>
        </div>
      )}
      {next && found.hasSecondFactor && (
        <p className="mb-5">
          <ButtonLink href={next}>{t("loginPage.continue")}</ButtonLink>
        </p>
      )}
      <p className="mb-5 max-w-prose text-muted">{t("securityPage.introduction")}</p>
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <PasskeysCard found={found} passkeys={passkeys} hasCodes={recoveryCodes.left > 0} />
        <div className="grid grid-cols-1 gap-5">
          <Card title={t("securityPage.app")} id="app">
            {app?.isStopped && (
              <div className="mb-4">
                <Notice kind="problem">{t("securityPage.appStopped")}</Notice>
              </div>
            )}
            <p className="mb-4 text-sm text-muted">
              {app
                ? rich("securityPage.appSince", {
                    since: () => <Moment at={app.confirmedAt} />,
                    used: () => <Moment at={app.lastUsedAt ?? app.confirmedAt} />,
                  })
                : t("securityPage.appHint")}
            </p>
            <div className="flex flex-wrap items-start gap-3">
              <ButtonLink href={setUp} kind={app ? "secondary" : "primary"}>
                {app ? t("securityPage.replaceApp") : t("securityPage.addApp")}
              </ButtonLink>
              {app && <RemoveApp hasPasskeys={passkeys.passkeys.length > 0} />}
            </div>
          </Card>
          <Card title={t("securityPage.recoveryCodes")} id="recovery-codes">
            <RecoveryCodesForm
              left={recoveryCodes.left}
              since={recoveryCodes.since?.toISOString() ?? null}
              hasSecondFactor={found.hasSecondFactor}
            />
          </Card>
          <Card title={t("securityPage.trusted")} id="trusted">
            <TrustedBrowsers browsers={trusted} hasSecondFactor={found.hasSecondFactor} />
          </Card>
        </div>
      </div>
    </AccountPage>
  );
}
