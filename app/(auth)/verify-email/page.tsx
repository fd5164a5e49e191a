import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { ButtonLink } from "@/app/ui/link/button-link";
import { Screen } from "@/app/ui/screen";
import { loginPath, nextAddress } from "@/lib/http/return-path";
import { currentSession } from "@/lib/session/current";
import { findOneTimeToken, kindOf, tokenIn } from "@/lib/users/one-time-tokens";
import { FinishEmailChange, FinishSignUp } from "./verify-forms";

export const metadata: Metadata = { title: "Confirm your email address" };

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function VerifyEmailPage({ searchParams }: PageProps<"/verify-email">) {
  const query = await searchParams;
  const [token, next] = [tokenIn(query.token), nextAddress(query.next)];
  const link = token ? await findOneTimeToken(token, "sign-up", "change-email") : null;
  if (!token || !link) return <SpentLink isWhole={token !== null} again="/signup" label="Sign up" next={next} />;

  const address = (
    <span className="font-medium text-ink wrap-anywhere">
      <Isolated>{link.email}</Isolated>
    </span>
  );
  if (kindOf(link) === "sign-up") {
    return (
      <Screen title="Confirm your email address">
        <p className="text-muted">Enter your password once more, and the account for {address} is yours.</p>
        <FinishSignUp token={token} email={link.email} next={next} />
      </Screen>
    );
  }

  const answer = await currentSession();
  if (answer.state !== "valid" || answer.user.id !== link.userId) {
    return (
      <Screen title="Use this email address?">
        <p className="text-muted">
          Somebody wants to log in with {address} from now on. If it was you, log in first, as you have done until now.
          If not, do nothing.
        </p>
        <ButtonLink href={loginPath(`/verify-email?token=${token}`)}>Log in</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title="Use this email address?">
      <p className="text-muted">From then on, you log in with {address}. The address before is told.</p>
      <FinishEmailChange token={token} />
    </Screen>
  );
}
