import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Notice } from "@/app/ui/form/notice";
import { Isolated } from "@/app/ui/isolated";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { secondStepHere } from "@/lib/auth/second-factor/second-step";
import { DAY, env } from "@/lib/env";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { VerifyForm } from "./verify-form";

export function generateMetadata(): Metadata {
  return { title: words().t("verifyPage.title") };
}

/** The second step of a log-in. The browser has no session yet, only a cookie that opens nothing but this page. */
export default async function VerifyPage({ searchParams }: PageProps<"/login/verify">) {
  const query = await searchParams;
  const next = nextAddress(query.next);
  const half = await secondStepHere();
  if (!half) {
    const { state } = await currentSession();
    redirect(state === "valid" ? next : leadingTo("/login", next));
  }

  const { email, publicComputer, factors, recovery } = half;
  const { t, rich } = words();
  const isRecovery = "recovery" in query || !factors.totp;
  const page = leadingTo("/login/verify", next);
  const days = publicComputer ? 0 : Math.round(env().TRUSTED_BROWSER_LIFETIME / DAY);

  return (
    <Screen title={t("verifyPage.title")}>
      <p className="text-muted">
        {rich("verifyPage.about", {
          email: () => (
            <span className="font-medium text-ink wrap-anywhere">
              <Isolated>{email}</Isolated>
            </span>
          ),
        })}
      </p>
      {recovery && (
        <Notice kind="problem">{t(recovery.isDisputed ? "verifyPage.disputed" : "verifyPage.recovery")}</Notice>
      )}
      <VerifyForm
        key={String(isRecovery)}
        next={next}
        publicComputer={publicComputer}
        isRecovery={isRecovery}
        hasCodes={factors.totp || factors.recoveryCodes > 0}
        hasPasskey={factors.passkeys > 0}
        days={days}
      />
      <p className="flex flex-col items-start gap-2 text-sm">
        {factors.totp && factors.recoveryCodes > 0 && (
          <TextLink href={isRecovery ? page : `${page}${page.includes("?") ? "&" : "?"}recovery`}>
            {isRecovery ? t("verifyPage.useApp") : t("verifyPage.useRecovery")}
          </TextLink>
        )}
        <TextLink href="/recover">{t("verifyPage.lost")}</TextLink>
        <TextLink href={leadingTo("/login", next)}>{t("verifyPage.back")}</TextLink>
      </p>
    </Screen>
  );
}
