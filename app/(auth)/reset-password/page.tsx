import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { Screen } from "@/app/ui/screen";
import { nextAddress } from "@/lib/http/return-path";
import { siteNames } from "@/lib/password/choose";
import { findOneTimeToken, tokenIn } from "@/lib/users/one-time-tokens";
import { ResetForm } from "./reset-form";

export const metadata: Metadata = { title: "Choose a new password" };

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function ResetPasswordPage({ searchParams }: PageProps<"/reset-password">) {
  const query = await searchParams;
  const [token, next] = [tokenIn(query.token), nextAddress(query.next)];
  const link = token ? await findOneTimeToken(token, "reset", "invitation") : null;
  if (!token || !link)
    return <SpentLink isWhole={token !== null} again="/forgot-password" label="Ask for another" next={next} />;

  return (
    <Screen title="Choose a new password">
      <p className="text-muted">
        For{" "}
        <span className="font-medium text-ink wrap-anywhere">
          <Isolated>{link.email}</Isolated>
        </span>
        . Every browser that is signed in with it will be logged out.
      </p>
      <ResetForm token={token} email={link.email} siteNames={siteNames()} next={next} />
    </Screen>
  );
}
