import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AccountPage } from "@/app/(account)/account-page";
import { CopyButton } from "@/app/ui/copy-button";
import { Notice } from "@/app/ui/form/notice";
import { QrCode } from "@/app/ui/qr-code";
import { mayChangeFactors } from "@/lib/auth/reauthenticate";
import { setUpApp } from "@/lib/auth/second-factor/show";
import { nextAddress } from "@/lib/http/return-path";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { TotpForm } from "./totp-form";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("totpPage.title") };
}

/** Sets up an authenticator app: shows a new secret, and ends with a right code. */
export default async function TotpPage({ searchParams }: PageProps<"/account/security/totp">) {
  const found = await requireSession({ isEnrolling: true });
  const query = await searchParams;
  const next = "next" in query ? nextAddress(query.next) : null;
  // Anyone who sees the secret could add it to an app of their own.
  const isAllowed = await mayChangeFactors(found, "/account/security/totp");
  if (!isAllowed) redirect("/confirm?next=%2Faccount%2Fsecurity%2Ftotp");
  const { t } = words();
  const { secret, address, isReplacing } = await setUpApp(found);

  return (
    <AccountPage found={found} title={t("totpPage.title")}>
      <TotpForm next={next}>
        {isReplacing && <Notice kind="problem">{t("totpPage.replaces")}</Notice>}
        <div className="grid items-start gap-x-8 gap-y-5 sm:grid-cols-[auto_minmax(0,1fr)]">
          <QrCode text={address} label={t("totpPage.qr")} />
          <div className="flex max-w-prose flex-col gap-5">
            <ol className="list-decimal space-y-1 ps-5">
              <li>{t("totpPage.open")}</li>
              <li>{t("totpPage.scan")}</li>
              <li>{t("totpPage.enter")}</li>
            </ol>
            <div className="text-sm">
              <p className="text-muted">{t("totpPage.byHand")}</p>
              <div className="mt-2 flex flex-wrap items-center gap-3">
                <code data-totp-secret className="text-base wrap-anywhere" dir="ltr" translate="no">
                  {secret}
                </code>
                <CopyButton text={secret} />
              </div>
            </div>
          </div>
        </div>
      </TotpForm>
    </AccountPage>
  );
}
