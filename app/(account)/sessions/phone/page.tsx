import type { Metadata } from "next";
import { CopyButton } from "@/app/ui/copy-button";
import { Notice } from "@/app/ui/form/notice";
import { ButtonLink } from "@/app/ui/link/button-link";
import { QrCode } from "@/app/ui/qr-code";
import { env, isLoopback } from "@/lib/env";
import { fragmentOf } from "@/lib/http/login-fragment";
import { currentSession, requireSession } from "@/lib/session/current";
import { showSessions } from "@/lib/session/session-view";
import { words } from "@/lib/words";
import { AccountPage } from "../../account-page";
import { Arrivals } from "./arrivals";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("phonePage.title") };
}

/** Brings the log-in page to a phone, with the email address filled in. The QR code contains no secret. */
export default async function PhonePage() {
  const found = await requireSession();
  const { t, rich } = words();
  const sessions = await showSessions(found);
  const { origin, hostname } = env().APP_URL;
  const address = `${origin}/login`;

  return (
    <AccountPage found={found} title={t("phonePage.title")}>
      <div className="flex flex-col gap-5">
        {isLoopback(hostname) && <Notice kind="problem">{t("phonePage.localhost", { host: hostname })}</Notice>}
        <div className="grid items-start gap-x-8 gap-y-5 sm:grid-cols-[auto_minmax(0,1fr)]">
          <QrCode text={address + fragmentOf(found.user.email)} label={t("phonePage.code")} />
          <div className="flex max-w-prose flex-col gap-5">
            <ol className="list-decimal space-y-1 ps-5">
              <li>{t("phonePage.scan")}</li>
              <li>{t("phonePage.open")}</li>
              <li>{t("phonePage.logIn")}</li>
            </ol>
            <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <p className="wrap-anywhere">
                {rich("phonePage.address", { address: () => <code dir="ltr">{address}</code> })}
              </p>
              <CopyButton text={address} />
            </div>
            <p className="text-sm text-muted">{t("phonePage.noSecret")}</p>
            <Arrivals initial={sessions} />
            <ButtonLink href="/sessions" kind="secondary" className="self-start">
              {t("phonePage.back")}
            </ButtonLink>
          </div>
        </div>
      </div>
    </AccountPage>
  );
}
