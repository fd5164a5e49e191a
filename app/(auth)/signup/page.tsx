import type { Metadata } from "next";
import { ButtonLink } from "@/app/ui/link/button-link";
import { TextLink } from "@/app/ui/link/text-link";
import { Screen } from "@/app/ui/screen";
import { signUpPolicy } from "@/lib/auth/sign-up";
import { leadingTo } from "@/lib/http/leading-to";
import { nextAddress } from "@/lib/http/return-path";
import { siteNames } from "@/lib/password/choose";
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
