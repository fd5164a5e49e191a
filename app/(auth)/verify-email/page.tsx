import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { loginPath, nextAddress } from "@/lib/http/return-path";
import { currentSession } from "@/lib/session/current";
import { findOneTimeToken, kindOf, tokenIn } from "@/lib/users/one-time-tokens";
import { words } from "@/lib/words";
import { FinishEmailChange, FinishSignUp } from "./verify-forms";

export async function generateMetadata(): Promise<Metadata> {
  // Before `words`: the session has the language that the user chose.
  await currentSession();
  return { title: words().t("authPage.verify") };
}

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function VerifyEmailPage({ searchParams }: PageProps<"/verify-email">) {
  const query = await searchParams;
  const [token, next] = [tokenIn(query.token), nextAddress(query.next)];
  const link = token ? await findOneTimeToken(token, "sign-up", "change-email") : null;
  const answer = await currentSession();
  const { t, rich } = words();
  if (!token || !link)
    return <SpentLink isWhole={token !== null} again="/signup" label={t("authPage.signUp")} next={next} />;

  const email = () => (
    <span className="font-medium text-ink wrap-anywhere">
      <Isolated>{link.email}</Isolated>
    </span>
  );
  if (kindOf(link) === "sign-up") {
    return (
      <Screen title={t("authPage.verify")}>
        <p className="text-muted">{rich("authPage.verifyHow", { email })}</p>
        <FinishSignUp token={token} email={link.email} next={next} />
      </Screen>
    );
  }

  if (answer.state !== "valid" || answer.user.id !== link.userId) {
    return (
      <Screen title={t("authPage.useAddress")}>
        <p className="text-muted">{rich("authPage.useAddressAsked", { email })}</p>
        <ButtonLink href={loginPath(`/verify-email?token=${token}`)}>{t("authPage.logIn")}</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title={t("authPage.useAddress")}>
      <p className="text-muted">{rich("authPage.useAddressEffect", { email })}</p>
      <FinishEmailChange token={token} />
    </Screen>
  );
}
