import type { Metadata } from "next";
import { SpentLink } from "@/app/(auth)/spent-link";
import { Isolated } from "@/app/ui/isolated";
import { Screen } from "@/app/ui/screen";
import { findOneTimeToken, tokenIn } from "@/lib/users/one-time-tokens";
import { SecureForm } from "./secure-form";

export const metadata: Metadata = { title: "Was this not you?" };

/** Opening the link does not use it up, because mail scanners open every link. */
export default async function SecureAccountPage({ searchParams }: PageProps<"/secure-account">) {
  const token = tokenIn((await searchParams).token);
  const link = token ? await findOneTimeToken(token, "not-me") : null;
  if (!token || !link)
    return <SpentLink isWhole={token !== null} again="/forgot-password" label="Choose a new password" />;

  return (
    <Screen title="Was this not you?">
      <p className="text-muted">
        Then somebody else knows the password of{" "}
        <span className="font-medium text-ink wrap-anywhere">
          <Isolated>{link.email}</Isolated>
        </span>
        . Every browser is signed out at once, and you choose a new password next.
      </p>
      <SecureForm token={token} />
    </Screen>
  );
}
