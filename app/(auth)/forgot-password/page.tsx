import type { Metadata } from "next";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { ForgotForm } from "./forgot-form";

export const metadata: Metadata = { title: "Forgot your password?" };

export default async function ForgotPasswordPage({ searchParams }: PageProps<"/forgot-password">) {
  const next = nextAddress((await searchParams).next);

  return (
    <Screen title="Forgot your password?">
      <p className="text-muted">Enter the address that you log in with. A link to choose a new password goes there.</p>
      <ForgotForm next={next} />
      <p className="text-sm text-muted">
        It came back to you? <TextLink href={leadingTo("/login", next)}>Log in</TextLink>
      </p>
    </Screen>
  );
}
