import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { Screen } from "@/app/ui/screen";
import { nextAddress } from "@/lib/http/return-path";
import { siteNames } from "@/lib/password/choose";
import { findOneTimeToken, tokenIn } from "@/lib/users/one-time-tokens";
import { findUser } from "@/lib/users/store";
import { words } from "@/lib/words";
import { ResetForm } from "./reset-form";

export function generateMetadata(): Metadata {
  return { title: words().t("authPage.choosePassword") };
}

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function ResetPasswordPage({ searchParams }: PageProps<"/reset-password">) {
  const query = await searchParams;
  const [token, next] = [tokenIn(query.token), nextAddress(query.next)];
  const link = token ? await findOneTimeToken(token, "reset", "invitation") : null;
  const user = link?.userId ? await findUser(link.userId) : null;
  const { t, rich } = words();
  if (!token || !link)
    return (
      <SpentLink isWhole={token !== null} again="/forgot-password" label={t("authPage.anotherLink")} next={next} />
    );

  return (
    <Screen title={t("authPage.choosePassword")}>
      <p className="text-muted">
        {rich("authPage.chooseFor", {
          email: () => (
            <span className="font-medium text-ink wrap-anywhere">
              <Isolated>{link.email}</Isolated>
            </span>
          ),
        })}
      </p>
      <ResetForm
        token={token}
        circumstances={{ siteNames: siteNames(), email: link.email, hasSecondFactor: user?.hasSecondFactor ?? false }}
        next={next}
      />
    </Screen>
  );
}
