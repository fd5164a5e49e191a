import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Avatar } from "@/app/ui/avatar";
import { buttonLook } from "@/app/ui/button";
import { Card } from "@/app/ui/card";
import { factorName } from "@/app/ui/factor-name";
import { Notice } from "@/app/ui/form/notice";
import { ReceiptText } from "@/app/ui/form/receipt-text";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { findNewFactors } from "@/lib/auth/second-factor/disputed";
import { siteNames } from "@/lib/password/choose";
import { requestContext } from "@/lib/request-context";
import { currentSession, requireSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AccountPage } from "../account-page";
import { DeleteForm, EmailForm, NameForm, PasswordForm } from "./account-forms";
import { Preferences } from "./preferences";

export async function generateMetadata(): Promise<Metadata> {
  await currentSession();
  return { title: words().t("accountPage.title") };
}

export default async function AccountSettingsPage({ searchParams }: PageProps<"/account">) {
  const found = await requireSession();
  const query = await searchParams;
  const { justDone } = requestContext();
  const since = momentIn(query.since);
  const added = since ? await findNewFactors(found.user.id, since) : [];
  const { name, email } = found.user;
  const { t, rich, list } = words();

  return (
    <AccountPage found={found} title={t("accountPage.title")}>
      <div className="mb-5 flex items-center gap-4">
        <Avatar person={found.user} size="large" />
        <p className="min-w-0 wrap-anywhere">
          <span className="block font-semibold">
            <Isolated>{name}</Isolated>
          </span>
          <span className="block text-sm text-muted">
            <Isolated>{email}</Isolated>
          </span>
        </p>
      </div>
      {justDone === "email-changed" && (
        <Done>{rich("accountPage.moved", { email: () => <Isolated>{email}</Isolated> })}</Done>
      )}
      {justDone === "time-zone-saved" && <Done>{t("accountPage.timeZoneSaved")}</Done>}
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <div className="grid grid-cols-1 gap-5">
          <Card title={t("accountPage.name")}>
            <NameForm name={name} />
          </Card>
          <Card title={t("accountPage.email")}>
            <EmailForm pending={found.pendingEmail} />
          </Card>
          <Preferences found={found} />
        </div>
        <div className="grid grid-cols-1 gap-5">
          <Card title={t("accountPage.password")} id="password">
            {(justDone === "device-logged-out" || justDone === "not-me") && (
              <Done>
                <span>{t(`accountPage.${justDone}`)}</span>
                {justDone === "device-logged-out" && typeof query.receipt === "string" && (
                  <ReceiptText id={query.receipt} sessions={1} />
                )}
              </Done>
            )}
            {added.length > 0 && (
              <div className="mb-5">
                <Notice kind="problem">
                  <span>
                    {t("accountPage.addedSince", { factors: list(added.map((factor) => factorName(factor, words()))) })}{" "}
                    <TextLink href="/account/security">{t("accountPage.checkFactors")}</TextLink>
                  </span>
                </Notice>
              </div>
            )}
            <PasswordForm circumstances={{ siteNames: siteNames(), email, hasSecondFactor: found.hasSecondFactor }} />
          </Card>
          <Card title={t("accountPage.secondFactor")} id="second-factor">
            <p className="mb-4 text-sm text-muted">
              {t(found.hasSecondFactor ? "accountPage.secondFactorOn" : "accountPage.secondFactorHint")}
            </p>
            <ButtonLink href="/account/security" kind="secondary">
              {t("accountPage.secondFactorManage")}
            </ButtonLink>
          </Card>
          <Card title={t("accountPage.data")}>
            <p className="mb-4 text-sm text-muted">{t("accountPage.dataHint")}</p>
            <a href="/account/export" className={buttonLook({ kind: "secondary" })}>
              {t("accountPage.download")}
            </a>
          </Card>
          <DeleteForm />
        </div>
      </div>
    </AccountPage>
  );
}

/** The moment in an address to which we led; null for any other text. */
function momentIn(text: string | string[] | undefined): Date | null {
  return typeof text === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text))
    ? new Date(text)
    : null;
}

/** Confirms a change that led here. */
function Done({ children }: { children: ReactNode }) {
  return (
    <div className="mb-5">
      <Notice kind="done">
        <span>{children}</span>
      </Notice>
    </div>
  );
}
