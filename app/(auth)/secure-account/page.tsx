import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { Screen } from "@/app/ui/screen";
import { disputedSince, findNewFactors } from "@/lib/auth/second-factor/disputed";
import { factorsOf } from "@/lib/auth/second-factor/factors";
import { env } from "@/lib/env";
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

  const factors = link.userId ? await findNewFactors(link.userId, await disputedSince(link)) : [];
  const { passkeys, totp } = link.userId ? await factorsOf(link.userId) : { passkeys: 0, totp: false };
  const isLeft = passkeys + Number(totp) > factors.filter(({ kind }) => kind !== "codes").length;
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
      <SecureForm
        token={token}
        delay={isLeft ? null : env().SECOND_FACTOR_RECOVERY_DELAY}
        factors={factors.map(({ addedAt, ...factor }) => ({ ...factor, addedAt: addedAt.toISOString() }))}
      />
    </Screen>
  );
}
