import type { Metadata } from "next";
import { Notice } from "@/app/ui/form/notice";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { demoAccount } from "@/lib/auth/demo";
import { formOfHalfLogin } from "@/lib/auth/log-in";
import { hasPasskeys } from "@/lib/auth/passkeys/relying-party";
import { signUpPolicy } from "@/lib/auth/sign-up";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AlreadyLoggedIn } from "./already-logged-in";
import { LoginForm } from "./login-form";
import { WhatHappened } from "./what-happened";

export function generateMetadata(): Metadata {
  return { title: words().t("loginPage.title") };
}

export default async function LoginPage({ searchParams }: PageProps<"/login">) {
  const query = await searchParams;
  const next = nextAddress(query.next);
  const answer = await currentSession();
  const { t, rich } = words();

  if (answer.state === "valid") return <AlreadyLoggedIn found={answer} next={next} />;

  const demo = await demoAccount();
  const wantsDemo = "demo" in query;
  const half = await formOfHalfLogin();

  return (
    <Screen title={t("loginPage.title")}>
      <WhatHappened answer={answer} />
      {"too-long" in query && <Notice kind="problem">{t("loginPage.tooLong")}</Notice>}
      <LoginForm
        key={String(wantsDemo)}
        next={next}
        hasPasskeys={answer.state !== "unavailable" && hasPasskeys()}
        filled={wantsDemo ? demo : half}
      />
      <p className="flex flex-wrap justify-between gap-x-6 gap-y-2 text-sm">
        <TextLink href={leadingTo("/forgot-password", next)}>{t("loginPage.forgot")}</TextLink>
        {signUpPolicy().state !== "closed" && (
          <TextLink href={leadingTo("/signup", next)}>{t("loginPage.create")}</TextLink>
        )}
      </p>
      {demo && !wantsDemo && (
        <p className="rounded-lg border border-line bg-sunken p-3 text-sm text-muted">
          {rich("loginPage.trial", {
            link: (parts) => <TextLink href={`/login?demo&next=${encodeURIComponent(next)}`}>{parts}</TextLink>,
          })}
        </p>
      )}
    </Screen>
  );
}
