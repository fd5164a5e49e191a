import type { Metadata } from "next";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { lifetimeOf } from "@/lib/users/one-time-tokens";
import { words } from "@/lib/words";
import { ForgotForm } from "./forgot-form";

export function generateMetadata(): Metadata {
  return { title: words().t("authPage.forgot") };
}

export default async function ForgotPasswordPage({ searchParams }: PageProps<"/forgot-password">) {
  const next = nextAddress((await searchParams).next);
  const { t, rich } = words();

  return (
    <Screen title={t("authPage.forgot")}>
      <p className="text-muted">{t("authPage.forgotHow")}</p>
      <ForgotForm next={next} lifetime={lifetimeOf("reset")} />
      <p className="text-sm text-muted">
        {rich("authPage.remembered", {
          link: (parts) => <TextLink href={leadingTo("/login", next)}>{parts}</TextLink>,
        })}
      </p>
      <p className="text-sm text-muted">
        {rich("authPage.stopRecovery", {
          link: (parts) => <TextLink href="/recover?stop">{parts}</TextLink>,
        })}
      </p>
    </Screen>
  );
}
