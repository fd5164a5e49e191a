import type { Metadata } from "next";
import { Screen } from "@/app/(auth)/screen";
import { ButtonLink } from "@/app/ui/button-link";
import { TextLink } from "@/app/ui/text-link";
import { leadingTo } from "@/lib/auth/leading-to";
import { siteNames } from "@/lib/auth/new-password";
import { nextAddress } from "@/lib/auth/next-path";
import { signUpPolicy } from "@/lib/users/sign-up";
import { SignUpForm } from "./sign-up-form";

export const metadata: Metadata = { title: "Create an account" };

export default async function SignUpPage({ searchParams }: PageProps<"/signup">) {
  const next = nextAddress((await searchParams).next);
  const policy = signUpPolicy();

  if (policy.state === "closed") {
    return (
      <Screen title="No new accounts here">
        <p className="text-muted">Who runs this site makes the accounts. Ask them for one.</p>
        <ButtonLink href={leadingTo("/login", next)}>Log in</ButtonLink>
      </Screen>
    );
  }

  return (
    <Screen title="Create an account">
      <SignUpForm siteNames={siteNames()} domain={policy.state === "domain" ? policy.domain : null} next={next} />
      <p className="text-sm text-muted">
        You have one? <TextLink href={leadingTo("/login", next)}>Log in</TextLink>
      </p>
    </Screen>
  );
}
