import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { Screen } from "@/app/ui/screen";
import { findOneTimeToken, tokenIn } from "@/lib/users/one-time-tokens";
import { words } from "@/lib/words";
import { SecureForm } from "./secure-form";

export function generateMetadata(): Metadata {
  return { title: words().t("authPage.notYou") };
}

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function SecureAccountPage({ searchParams }: PageProps<"/secure-account">) {
  const token = tokenIn((await searchParams).token);
  const link = token ? await findOneTimeToken(token, "not-me") : null;
  const { t, rich } = words();
  if (!token || !link)
    return <SpentLink isWhole={token !== null} again="/forgot-password" label={t("authPage.choosePassword")} />;

  return (
    <Screen title={t("authPage.notYou")}>
      <p className="text-muted">
        {rich("authPage.notYouEffect", {
          email: () => (
            <span className="font-medium text-ink wrap-anywhere">
              <Isolated>{link.email}</Isolated>
            </span>
          ),
        })}
      </p>
      <SecureForm token={token} />
    </Screen>
  );
}
