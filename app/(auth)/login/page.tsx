import type { Metadata } from "next";
import Link from "next/link";
import { BlankWhenRestored } from "@/app/(account)/blank-when-restored";
import { Screen } from "@/app/(auth)/screen";
import { ButtonLink } from "@/app/ui/button";
import { demoAccount } from "@/lib/auth/demo";
import { nextPath } from "@/lib/auth/next-path";
import { currentSession } from "@/lib/session/current";
import { LoginForm } from "./login-form";
import { WhatHappened } from "./what-happened";

export const metadata: Metadata = { title: "Log in" };

export default async function LoginPage({ searchParams }: PageProps<"/login">) {
  const query = await searchParams;
  const next = nextPath(query.next);
  const answer = await currentSession();

  if (answer.state === "valid") {
    return (
      <Screen title="You are logged in">
        <BlankWhenRestored handle={answer.session.handle} />
        <p className="text-muted">
          In this browser you are <strong className="font-medium text-ink">{answer.user.name}</strong> (
          <span className="wrap-anywhere">{answer.user.email}</span>).
        </p>
        <div className="flex flex-col gap-3">
          <ButtonLink href={next}>Continue</ButtonLink>
          <ButtonLink href="/logout" kind="secondary">
            Log out
          </ButtonLink>
        </div>
      </Screen>
    );
  }

  const demo = await demoAccount();
  const wantsDemo = "demo" in query;

  return (
    <Screen title="Log in">
      <WhatHappened answer={answer} justLoggedOut={"logged-out" in query} />
      <LoginForm key={String(wantsDemo)} next={next} filled={wantsDemo ? demo : null} />
      {demo && !wantsDemo && (
        <p className="rounded-lg border border-line bg-sunken p-3 text-sm text-muted">
          This is a trial on your own machine.{" "}
          <Link
            href={`/login?demo&next=${encodeURIComponent(next)}`}
            className="font-medium text-ink underline underline-offset-4"
          >
            Fill in the demo account
          </Link>
        </p>
      )}
    </Screen>
  );
}
