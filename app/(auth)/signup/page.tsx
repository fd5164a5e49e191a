import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { signUpPolicy } from "@/lib/auth/sign-up";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { siteNames } from "@/lib/password/choose";
import { currentSession } from "@/lib/session/current";
import { words } from "@/lib/words";
import { AlreadyLoggedIn } from "../login/already-logged-in";
import { SignUpForm } from "./sign-up-form";

export function generateMetadata(): Metadata {
  return { title: words().t("authPage.create") };
}

export default async function SignUpPage({ searchParams }: PageProps<"/signup">) {
  const next = nextAddress((await searchParams).next);
  const answer = await currentSession();
  if (answer.state === "valid") return <AlreadyLoggedIn found={answer} next={next} />;

  const policy = signUpPolicy();
  const { t, rich } = words();

  if (policy.state === "closed") {
    return (
      <Screen title={t("authPage.closed")}>
        <p className="text-muted">{t("authPage.closedWhy")}</p>
        <ButtonLink href={leadingTo("/login", next)}>{t("authPage.logIn")}</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title={t("authPage.create")}>
      <SignUpForm siteNames={siteNames()} domain={policy.state === "domain" ? policy.domain : null} next={next} />
      <p className="text-sm text-muted">
        {rich("authPage.haveOne", {
          link: (parts) => <TextLink href={leadingTo("/login", next)}>{parts}</TextLink>,
        })}
      </p>
    </Screen>
  );
}
